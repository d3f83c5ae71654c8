"""Takes a filled-in sheet in: the records it speaks of are read, and the unblocked products re-queued."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

from redis_client.connect import AnyRedis
from shop_queue.blocked_products import read_blocked
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from worklist.csv_file import read_csv
from worklist.plan_import import ImportPlan, plan_import, products_answered
from worklist.sheet import Answers, BadSheet
from worklist.xlsx_file import LARGEST_FILE, LARGEST_UNPACKED, read_xlsx


def read_file(path: Path) -> Answers:
    """Raises BadSheet, OSError."""
    if path.stat().st_size > LARGEST_FILE:
        raise BadSheet(f"the file is too large: at most {LARGEST_FILE // 1024**2} MiB are read")
    return parse_file(path.read_bytes())


def parse_file(content: bytes, largest_unpacked: int = LARGEST_UNPACKED) -> Answers:
    """XLSX or CSV, told by the first bytes. Raises BadSheet. A large file takes seconds."""
    if content.startswith(b"PK"):
        return read_xlsx(io.BytesIO(content), largest_unpacked)
    try:
        return read_csv(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadSheet("the file is neither XLSX nor CSV in UTF-8: save it as `CSV UTF-8`") from None


async def apply_answers(
    redis: AnyRedis, answers: Answers, *, live: bool = False, check_only: bool = False
) -> ImportPlan:
    """What became of the answers; with `check_only` nothing is queued."""
    known = {shop.shop_id for shop in await ShopRegistry(redis).all()}
    wanted = [product for product in products_answered(answers) if product[0] in known]
    # In a thread: a large sheet takes seconds, and the gateway has webhooks to answer meanwhile.
    plan = await asyncio.to_thread(plan_import, answers, known, await read_blocked(redis, wanted), live=live)
    if not check_only:
        await LaneProducer(redis, "worklist").enqueue(EnqueueRequest(job) for job in plan.jobs)
    return plan
