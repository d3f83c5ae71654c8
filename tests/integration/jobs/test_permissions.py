"""Category access belongs to one shop; shops of a region share only the categories."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

import catalogue.cache
from model.job import Job
from model.shop import Shop
from shop_queue.shop_registry import ShopRegistry
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, Refused, product
from worker.engine.results import Done, Park

CLOSED_SHOP = "7494000000000000002"
NOT_MAIN = "12052225"


@pytest.fixture(autouse=True)
async def closed_shop(redis: Redis, runner: JobRunner) -> None:
    await ShopRegistry(redis).add(Shop(CLOSED_SHOP, "ROW_y", "US", SHOP_ID))
    runner.platform.closed["ROW_y"] = {LEAF: ["NON_MAIN_CATEGORY"]}
    runner.platform.add(*(product(str(n)) for n in range(1, 5)))


async def end(runner: JobRunner, shop_id: str, product_id: str) -> tuple[str, list[str]]:
    done = await runner.run(Job(shop_id, product_id))
    assert isinstance(done, Done)
    return done.outcome.outcome, [reason.code for reason in done.outcome.reasons]


async def test_a_closed_category_of_one_shop_stays_open_to_others(runner: JobRunner) -> None:
    assert await end(runner, CLOSED_SHOP, "1") == ("needs_input", [NOT_MAIN])
    assert await end(runner, SHOP_ID, "2") == ("in_audit", [])
    assert await end(runner, CLOSED_SHOP, "3") == ("needs_input", [NOT_MAIN])


async def test_an_open_category_of_one_shop_stays_closed_to_others(runner: JobRunner) -> None:
    assert await end(runner, SHOP_ID, "1") == ("in_audit", [])

    def refuse() -> None:
        raise Refused(int(NOT_MAIN))

    runner.platform.before["edit"] = [refuse]
    assert await end(runner, CLOSED_SHOP, "2") == ("needs_input", [NOT_MAIN])
    before = dict(runner.platform.calls)
    assert await end(runner, CLOSED_SHOP, "3") == ("needs_input", [NOT_MAIN])
    assert {name for name, n in runner.platform.calls.items() if n > before[name]} == {"get"}
    assert await end(runner, SHOP_ID, "4") == ("in_audit", [])


async def test_new_category_access_is_used_at_the_next_attempt(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue.cache, "CLOSED_SECONDS", 1)
    assert await end(runner, CLOSED_SHOP, "1") == ("needs_input", [NOT_MAIN])
    calls = runner.platform.calls["tree"]
    assert await end(runner, CLOSED_SHOP, "2") == ("needs_input", [NOT_MAIN])
    assert runner.platform.calls["tree"] == calls, "a recent read is not repeated"
    runner.platform.closed.clear()
    async with asyncio.timeout(10):
        while await end(runner, CLOSED_SHOP, "1") != ("in_audit", []):
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("operation", ["tree", "rules", "attributes"])
async def test_a_refused_shop_does_not_park_shops_sharing_its_fetch(runner: JobRunner, operation: str) -> None:
    runner.platform.closed.clear()

    def refuse() -> None:
        raise Refused(12052700, "the seller is inactive")

    runner.platform.before[operation] = [refuse]
    jobs = (Job(CLOSED_SHOP, "1"), Job(SHOP_ID, "2"), Job(SHOP_ID, "3"))
    ends = await asyncio.gather(*(runner.run(job) for job in jobs))
    parked = {job.shop_id for job, end in zip(jobs, ends, strict=True) if isinstance(end, Park)}
    assert len(parked) == 1, "only the shop that the platform refused"
    done = [end.outcome.outcome for job, end in zip(jobs, ends, strict=True) if isinstance(end, Done)]
    assert set(done) == {"in_audit"}
