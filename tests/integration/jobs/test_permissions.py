"""What is open to a shop, and what it is refused, is its own affair: shops of a region share the categories only."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

import catalogue.cache
from model.job import Job
from model.shop import Shop
from shop_queue.shop_registry import ShopRegistry
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.tiny_platform import LEAF, Refused, product
from worker.engine.results import Done, Park

CLOSED_SHOP = "7494000000000000002"
NOT_MAIN = "12052225"


@pytest.fixture(autouse=True)
async def closed_shop(redis: Redis, desk: Desk) -> None:
    await ShopRegistry(redis).add(Shop(CLOSED_SHOP, "ROW_y", "US", SHOP_ID))
    desk.platform.closed["ROW_y"] = {LEAF: ["NON_MAIN_CATEGORY"]}
    desk.platform.add(*(product(str(n)) for n in range(1, 5)))


async def end(desk: Desk, shop_id: str, product_id: str) -> tuple[str, list[str]]:
    done = await desk.run(Job(shop_id, product_id))
    assert isinstance(done, Done)
    return done.outcome.outcome, [reason.code for reason in done.outcome.reasons]


async def test_a_shop_a_category_is_closed_to_does_not_close_it_to_the_others(desk: Desk) -> None:
    assert await end(desk, CLOSED_SHOP, "1") == ("needs_input", [NOT_MAIN])
    assert await end(desk, SHOP_ID, "2") == ("in_audit", [])
    assert await end(desk, CLOSED_SHOP, "3") == ("needs_input", [NOT_MAIN])


async def test_a_shop_a_category_is_open_to_does_not_open_it_to_the_others(desk: Desk) -> None:
    assert await end(desk, SHOP_ID, "1") == ("in_audit", [])

    def refuse() -> None:
        raise Refused(int(NOT_MAIN))

    desk.platform.before["edit"] = [refuse]
    assert await end(desk, CLOSED_SHOP, "2") == ("needs_input", [NOT_MAIN])
    before = dict(desk.platform.calls)
    assert await end(desk, CLOSED_SHOP, "3") == ("needs_input", [NOT_MAIN])
    assert {name for name, n in desk.platform.calls.items() if n > before[name]} == {"get"}
    assert await end(desk, SHOP_ID, "4") == ("in_audit", [])


async def test_a_shop_that_has_been_let_in_is_believed_at_the_next_try(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue.cache, "CLOSED_SECONDS", 1)
    assert await end(desk, CLOSED_SHOP, "1") == ("needs_input", [NOT_MAIN])
    calls = desk.platform.calls["tree"]
    assert await end(desk, CLOSED_SHOP, "2") == ("needs_input", [NOT_MAIN])
    assert desk.platform.calls["tree"] == calls, "what was read a moment ago is not read again"
    desk.platform.closed.clear()
    async with asyncio.timeout(10):
        while await end(desk, CLOSED_SHOP, "1") != ("in_audit", []):
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("operation", ["tree", "rules", "attributes"])
async def test_a_refused_shop_does_not_park_those_that_wait_for_the_same_answer(desk: Desk, operation: str) -> None:
    desk.platform.closed.clear()

    def refuse() -> None:
        raise Refused(12052700, "the seller is inactive")

    desk.platform.before[operation] = [refuse]
    first, *others = await asyncio.gather(
        desk.run(Job(CLOSED_SHOP, "1")), desk.run(Job(SHOP_ID, "2")), desk.run(Job(SHOP_ID, "3"))
    )
    ends = [first, *others]
    assert sum(isinstance(each, Park) for each in ends) == 1, "only the one the platform has refused"
    assert [each.outcome.outcome for each in ends if isinstance(each, Done)] == ["in_audit"] * 2
