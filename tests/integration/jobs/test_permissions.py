"""What is open to a shop is its own affair: shops of a region share the categories and nothing of their permissions."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from shop_queue.job import Job
from shop_queue.shops import Shop, ShopRegistry
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.integration.jobs.tiny_platform import LEAF, Refused, product
from worker.engine.results import Done

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
