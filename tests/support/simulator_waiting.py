from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from simulator.listing import Listing
from tests.support.simulator_bodies import movable
from tests.support.simulator_client import Client


async def until(happened: Callable[[], bool | Awaitable[bool]]) -> None:
    """Until something that happens on another task has happened."""
    async with asyncio.timeout(20):
        while True:
            answer = happened()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.005)


async def reviewed(client: Client, product_id: str, shop: int = 0) -> Listing:
    """The listing, when no review of it is under way."""
    index = client.world.index_of(client.shop(shop), product_id)
    listing = client.world.touch(client.shop(shop), index)
    await until(lambda: listing.pending is None)
    return listing


def some_movable(client: Client, count: int = 1, **having: Any) -> list[tuple[str, dict[str, Any]]]:
    """Ids and edit bodies of products that nothing stops; `having` names fields they must have."""
    found = []
    for _, product, body in movable(client.world, client.shop()):
        if having.keys() <= product.keys():
            found.append((product["id"], body))
        if len(found) == count:
            return found
    raise LookupError("the world is too small")
