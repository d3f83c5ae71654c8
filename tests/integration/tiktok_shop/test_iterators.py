"""Page iterators, and the README's example, against the simulator."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulator.options import SimulatorOptions
from simulator.server import RunningSimulator, start
from tests.support.fixed_token import FixedToken
from tests.support.scripted_platform import Platform, Reply, running_platform
from tiktok_shop import ShopClient, Transport

README = Path(__file__).parents[3] / "tiktok_shop" / "README.md"
KEY, SECRET = "simulated-key", "simulated-secret"
PRODUCTS = 130


@pytest.fixture
async def simulator() -> AsyncIterator[RunningSimulator]:
    running = await start(SimulatorOptions(shops=1, products=PRODUCTS, unlimited=True))
    try:
        yield running
    finally:
        await running.stop()


def access_token(simulator: RunningSimulator) -> str:
    return simulator.world.shops[0].account.access_token()


async def test_readme_example_runs(simulator: RunningSimulator) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    titles = await names["main"](simulator.url, simulator.url, KEY, SECRET, access_token(simulator))
    assert titles
    assert all(isinstance(title, str) for title in titles)


async def test_iter_products_yields_every_product_once(simulator: RunningSimulator) -> None:
    shop = simulator.world.shops[0]
    async with Transport(simulator.url, simulator.url, KEY, SECRET) as transport:
        client = ShopClient(transport, FixedToken(access_token(simulator)), shop.cipher)
        ids = [row["id"] async for row in client.iter_products()]
    assert len(ids) == len(set(ids)) == PRODUCTS


async def _received(pages: list[Reply], iterate: str, *args: Any) -> tuple[list[Any], Platform]:
    async with running_platform() as platform, Transport(platform.url, platform.url, "k", "s") as transport:
        platform.replies.extend(pages)
        client = ShopClient(transport, FixedToken("t"), "c")
        return [each async for each in getattr(client, iterate)(*args)], platform


def rows(first: int, count: int, total: int, token: str = "") -> Reply:
    products = [{"id": str(n)} for n in range(first, first + count)]
    return Reply({"products": products, "total_count": total, "next_page_token": token})


async def test_iter_products_halves_slices_that_exceed_the_window() -> None:
    refused = Reply(code=12052180, message="more than 10,000 results")
    found, platform = await _received(
        [rows(1, 2, 12_000, "next"), rows(1, 2, 3, "next"), rows(3, 1, 3), refused, rows(4, 1, 1), rows(5, 1, 1)],
        "iter_products",
    )
    assert [row["id"] for row in found] == ["1", "2", "3", "4", "5"]
    bounds = [(sent.body["update_time_ge"], sent.body["update_time_le"]) for sent in platform.received]
    last = bounds[0][1]
    half = last // 2
    assert bounds[:4] == [(0, last), (0, half), (0, half), (half + 1, last)]
    assert (bounds[4][0], bounds[5][1]) == (half + 1, last), "the refused slice is read in two halves"
    assert bounds[4][1] + 1 == bounds[5][0]


async def test_iter_brands_stops_at_a_repeated_page_token() -> None:
    pages = [Reply({"brands": [{"id": str(n)}], "next_page_token": token}) for n, token in enumerate("aba")]
    found, platform = await _received(pages, "iter_brands", "853000")
    assert [brand.id for brand in found] == ["0", "1", "2"]
    assert [sent.query.get("page_token") for sent in platform.received] == [None, "a", "b"]
