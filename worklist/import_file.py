"""Imports a filled-in worklist: checks the answers against the blocked products and requeues the complete ones.

The answers of the other products are kept with them until the last one arrives.
"""

from __future__ import annotations

import asyncio

from redis_client.connect import AnyRedis
from shop_queue.blocked_products import found_since, read_blocked
from shop_queue.kept_answers import keep_answers
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tables.model import Limits
from tables.reader import DEFAULT_LIMITS, read_content
from worklist.missing_fields import missing_fields_of
from worklist.plan_import import ImportPlan, plan_import, products_answered
from worklist.sheet import Answers, read_answers


def parse_file(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Answers:
    """Parse XLSX or CSV. A large file takes seconds. Raises BadTable."""
    return read_answers(read_content(content, limits))


async def apply_answers(
    redis: AnyRedis, answers: Answers, *, live: bool = False, check_only: bool = False
) -> ImportPlan:
    """Plan the import. Unless `check_only`, enqueue its jobs and keep the answers of products that lack others.

    `live` also edits products known only from dry runs.
    Raises RedisError.
    """
    known = {shop.shop_id for shop in await ShopRegistry(redis).all()}
    wanted = [product for product in products_answered(answers) if product[0] in known]
    # A large sheet takes seconds, and the gateway must keep answering webhooks.
    blocked = await read_blocked(redis, wanted)
    found = await found_since(redis, (each for each in blocked.values() if each is not None))
    plan = await asyncio.to_thread(plan_import, answers, known, blocked, live=live, found=found)
    if not check_only:
        for product in await keep_answers(redis, plan.kept):
            # Another person may have given the other answers at the same time.
            if all(each.kept for each in missing_fields_of(product)):
                is_found = (product.shop_id, product.product_id) in found
                plan.jobs.append(product.retry(live=live or is_found))
                del plan.incomplete[product.shop_id, product.product_id]
        await LaneProducer(redis, "worklist").enqueue(EnqueueRequest(job) for job in plan.jobs)
    return plan
