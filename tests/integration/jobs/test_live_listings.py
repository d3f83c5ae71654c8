"""Approvals reported by webhook are confirmed by one search for many products."""

from __future__ import annotations

import time

from model.job import Job
from model.job_state import AcceptedEdit, AuditNotice, AuditState
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Continue, Done

NOW = int(time.time())
EDITED = NOW - 3600


def approved(product_id: str, at: int = NOW - 120, *, off_sale: bool = False) -> Job:
    edit = AcceptedEdit(LEAF, "req-9", EDITED, off_sale)
    return Job(SHOP_ID, f"audit:{product_id}", "audit", state=AuditState(edit=edit, notice=AuditNotice("APPROVED", at)))


def live(runner: JobRunner, *product_ids: str, **changes: object) -> None:
    for each in product_ids:
        runner.platform.add(product(each, **{"audit": {"status": "APPROVED"}, "update_time": NOW - 120, **changes}))
        runner.platform.on_v1.discard(each)


async def outcome_of(runner: JobRunner, job: Job) -> str:
    done = await runner.run(job)
    assert isinstance(done, Done)
    return done.outcome.outcome


async def test_one_search_confirms_many_products(runner: JobRunner) -> None:
    live(runner, *"123456789")
    assert [await outcome_of(runner, approved(each)) for each in "123456789"] == ["relisted"] * 9
    assert (runner.platform.calls["search"], runner.platform.calls["get"]) == (1, 0)


async def test_products_beyond_the_first_page_are_found(runner: JobRunner) -> None:
    live(runner, *(str(number) for number in range(1, 251)))
    assert await outcome_of(runner, approved("250")) == "relisted"
    assert await outcome_of(runner, approved("2")) == "relisted"
    assert (runner.platform.calls["search"], runner.platform.calls["get"]) == (3, 0)


async def test_a_product_that_no_row_confirms_is_read(runner: JobRunner) -> None:
    live(runner, "1")
    live(runner, "2", update_time=EDITED - 10)
    live(runner, "3", audit={"status": "FAILED"})
    runner.platform.add(product("4", audit={"status": "APPROVED"}, update_time=NOW))
    assert await outcome_of(runner, approved("1")) == "relisted"
    for each in "234":
        await runner.run(approved(each))
    assert (runner.platform.calls["search"], runner.platform.calls["get"]) == (1, 3)


async def test_approvals_after_a_search_are_gathered_for_the_next(runner: JobRunner) -> None:
    live(runner, "1", "2")
    await runner.run(approved("1"))
    later = approved("2", at=int(time.time()) + 5)
    runner.services.live_listings._shops[SHOP_ID].shown.clear()
    step = await runner.run(later)
    assert isinstance(step, Continue)
    assert 0 < step.seconds <= 60
    assert step.job == later, "the approval is remembered"


async def test_a_product_off_sale_is_always_read_back(runner: JobRunner) -> None:
    live(runner, "1", status="SELLER_DEACTIVATED")
    assert await outcome_of(runner, approved("1", off_sale=True)) == "relisted"
    assert runner.platform.calls["search"] == 0


async def test_searches_that_confirm_nothing_are_given_up(runner: JobRunner) -> None:
    for number in range(1, 6):
        runner.platform.add(product(str(number), audit={"status": "APPROVED"}))
        runner.services.live_listings.lease_lost("another shop")
        rows = runner.services.live_listings._shops.get(SHOP_ID)
        if rows is not None:
            rows.searched_at = 0.0
        assert await outcome_of(runner, approved(str(number))) == "relisted"
    assert (runner.platform.calls["search"], runner.platform.calls["get"]) == (4, 5)
