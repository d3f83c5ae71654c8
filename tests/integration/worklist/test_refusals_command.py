"""The command `relist refusals`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from catalogue.habits import ObservedHabits
from catalogue.refusals import RefusalStore
from console.main import main
from model.shop import Shop
from shop_queue.shop_registry import ShopRegistry

Run = Callable[..., Any]
SHOP_ID = "7494000000000000001"


@pytest.fixture
def relist(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands in a thread, because each starts its own event loop."""
    for name, value in {"REDIS_URL": redis_url, "APP_KEY": "k", "APP_SECRET": "s", "TOKEN_KEY": "k" * 16}.items():
        monkeypatch.setenv(f"RELIST_{name}", value)

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, ["refusals", *arguments])

    return run


async def test_learned_refusals_are_listed_and_forgotten(redis: Redis, relist: Run) -> None:
    await ShopRegistry(redis).add(Shop(SHOP_ID, "ROW_x", "MX", SHOP_ID))
    store = RefusalStore(redis)
    for _ in range(3):
        await store.refused("MX", {"description_emoji": "description"}, 12052999, None, "illegal content")
    await ObservedHabits(redis).observe("MX", "edit_reactivates", "product 1")
    listed = json.loads((await relist("list", "--json")).output)
    assert [(row["region"], row["feature"], row["refused"], row["asked"]) for row in listed] == [
        ("MX", "description_emoji", 3, True),
        ("MX", "edit_reactivates", 0, True),
    ]
    assert "illegal content" in (await relist("list")).output
    assert json.loads((await relist("list", "--region", "US", "--json")).output) == []
    for feature in ("description_emoji", "edit_reactivates"):
        assert (await relist("forget", "MX", feature)).exit_code == 0
    assert json.loads((await relist("list", "--json")).output) == []
    unknown = await relist("forget", "MX", "description_emoji")
    assert unknown.exit_code == 1
    assert "nothing is known about description_emoji in MX" in unknown.output
