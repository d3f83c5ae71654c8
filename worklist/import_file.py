"""Imports a filled-in worklist: checks the answers, keeps them with the blocked products, requeues the complete ones.

Keeping an answer decides which of two people was first, so each product is requeued with the answers that were kept.
"""

from __future__ import annotations

import asyncio

from redis_client.connect import AnyRedis
from shop_queue.blocked_products import found_since, read_blocked
from shop_queue.kept_answers import KeptAnswers, keep_answers
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tables.model import Limits
from tables.reader import DEFAULT_LIMITS, read_content
from worklist.plan_import import OUTDATED, ImportPlan, already_answered, plan_import, products_answered
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
    if not check_only and plan.given:
        producer = LaneProducer(redis, "worklist")
        await producer.require_memory()
        kept = await keep_answers(redis, plan.given)
        _refuse(plan, kept)
        plan.jobs, plan.incomplete = [], {}
        for product in kept.products:
            key = (product.shop_id, product.product_id)
            # Other people may have given the other answers, or taken theirs back, at the same time.
            if lacking := plan.questions[key] - product.kept.keys():
                plan.incomplete[key] = len(lacking)
            else:
                plan.jobs.append(product.retry(live=live or key in found))
        await producer.enqueue(EnqueueRequest(job) for job in plan.jobs)
    return plan


def _refuse(plan: ImportPlan, kept: KeptAnswers) -> None:
    """Report the answers that came after another one, or after the product's next outcome."""
    for product, refused in kept.refused.items():
        for question, other in refused.items():
            plan.refuse(product, question, already_answered(other))
    for product in kept.outdated:
        for question in plan.given[product].by_question:
            plan.refuse(product, question, OUTDATED)
