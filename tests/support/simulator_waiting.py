from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from simulator.listing import Listing
from tests.support.simulator_bodies import movable
from tests.support.simulator_client import Client


async def until(happened: Callable[[], bool | Awaitable[bool]]) -> None:
    """Waits until the condition holds; other tasks make it so."""
    async with asyncio.timeout(20):
        while True:
            answer = happened()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.005)


async def reviewed(client: Client, product_id: str, shop: int = 0) -> Listing:
    """Waits until the listing has no review in progress, and returns it."""
    index = client.world.index_of(client.shop(shop), product_id)
    listing = client.world.touch(client.shop(shop), index)
    await until(lambda: listing.pending is None)
    return listing


def some_movable(client: Client, count: int = 1, **having: Any) -> list[tuple[str, dict[str, Any]]]:
    """IDs and edit bodies of products that can be edited; `having` names fields they must have."""
    found = []
    for _, product, body in movable(client.world, client.shop()):
        if having.keys() <= product.keys():
            found.append((product["id"], body))
        if len(found) == count:
            return found
    raise LookupError("the simulated world has too few such products")
