"""Imports a filled-in worklist: checks the answers against the blocked products and requeues the complete ones."""

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
from worklist.xlsx_file import MAX_FILE_BYTES, MAX_UNPACKED_BYTES, read_xlsx


def read_file(path: Path) -> Answers:
    """Raises BadSheet, OSError."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise BadSheet(f"the file is too large; the limit is {MAX_FILE_BYTES // 1024**2} MiB")
    return parse_file(path.read_bytes())


def parse_file(content: bytes, max_unpacked: int = MAX_UNPACKED_BYTES) -> Answers:
    """Parse XLSX or CSV, recognised by the first bytes. A large file takes seconds. Raises BadSheet."""
    if content.startswith(b"PK"):
        return read_xlsx(io.BytesIO(content), max_unpacked)
    try:
        return read_csv(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadSheet("the file is neither XLSX nor CSV in UTF-8; save it as `CSV UTF-8`") from None


async def apply_answers(
    redis: AnyRedis, answers: Answers, *, live: bool = False, check_only: bool = False
) -> ImportPlan:
    """Plan the import and, unless `check_only`, enqueue its jobs. `live` edits products known from dry runs.

    Raises RedisError.
    """
    known = {shop.shop_id for shop in await ShopRegistry(redis).all()}
    wanted = [product for product in products_answered(answers) if product[0] in known]
    # A large sheet takes seconds, and the gateway must keep answering webhooks.
    plan = await asyncio.to_thread(plan_import, answers, known, await read_blocked(redis, wanted), live=live)
    if not check_only:
        await LaneProducer(redis, "worklist").enqueue(EnqueueRequest(job) for job in plan.jobs)
    return plan
