"""Once a leaf and its fields are known, an edited product costs its read, its edit, and little else."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from random import Random

from redis.asyncio import Redis

from model.job import Job
from model.job_state import AuditNotice, AuditState, RelistState, state_of
from rollout.edit import Edit
from rollout.records import Book
from rollout.service import Rollout
from rollout.store import RolloutStore
from rollout.transactions import Transactions
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Continue, Done
from worker.jobs.handlers import job_handlers
from worker.jobs.rollout_edit import release

PRODUCTS = 200
MAX_CALLS_PER_PRODUCT = 2.03


async def know_leaf(redis: Redis, leaf: str) -> None:
    """The release and the leaf have had their first looks, and so has each field of a product."""
    fields = {*product("1"), "skus.seller_sku", "skus.sales_attributes", "category_chains", "product_attributes"}
    edit = Edit(SHOP_ID, "1", "US", release(), leaf, fields=frozenset(fields))

    def confirm(book: Book, now: int) -> None:
        for key in (edit.release_key, edit.release_market_key, edit.leaf_key):
            book.change(key).clean = 1_000
        book.change(edit.leaf_key).fields = dict.fromkeys(fields, now)

    await Transactions(RolloutStore(redis), lambda epoch, book, now: None).decide(edit.keys, confirm)


async def edited(runner: JobRunner, product_id: str) -> Job:
    """Edits the product and reads it back if the rollout asks for it. Returns the job that follows the audit."""
    done = await runner.run(Job(SHOP_ID, product_id, state=RelistState(on_v1=True)))
    assert isinstance(done, Done), done
    (follow_up,) = done.follow_ups
    if follow_up.delay_seconds >= runner.services.audit_poll_seconds:
        return follow_up.job
    step = await runner.run(follow_up.job)
    assert isinstance(step, Continue)
    return step.job


def reported(audit: Job, now: int) -> Job:
    """The audit took an hour and ended two minutes ago, as a webhook says."""
    state = state_of(audit.state, AuditState)
    assert state.edit is not None
    state = replace(state, edit=replace(state.edit, edited_at=now - 3600), notice=AuditNotice("APPROVED", now - 120))
    return replace(audit, state=state)


async def test_an_edited_product_costs_2_03_calls(runner: JobRunner, redis: Redis) -> None:
    await know_leaf(redis, LEAF)
    runner.services = replace(runner.services, rollout=Rollout(redis, "normal", random=Random(1)))
    runner.handlers = job_handlers(runner.services, redis)
    runner.platform.add(product("1000"))
    await edited(runner, "1000")
    before = Counter(runner.platform.calls)
    numbers = [str(number) for number in range(1, PRODUCTS + 1)]
    runner.platform.add(*(product(number) for number in numbers))
    audits = await asyncio.gather(*(edited(runner, number) for number in numbers))
    now = int(time.time())
    for number in numbers:
        runner.platform.approve(number)
        runner.platform.products[number].update(update_time=now)
    for end in await asyncio.gather(*(runner.run(reported(audit, now)) for audit in audits)):
        assert isinstance(end, Done), end
        assert end.outcome.outcome == "relisted"
    calls = Counter(runner.platform.calls) - before
    assert calls["edit"] == PRODUCTS
    assert calls.total() <= MAX_CALLS_PER_PRODUCT * PRODUCTS, calls
    assert calls["get"] > PRODUCTS, "some edits are read back"
