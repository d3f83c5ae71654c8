"""Fleets for fault tests, on the server that RELIST_TEST_REDIS names, and conditions to wait for."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial

from demo.local_fleet import LocalFleet, Part
from demo.local_fleet import running_fleet as fleet_at_work
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.keys import HOLDERS, READY, lane_keys
from shop_queue.lane_stats import LaneStats, read_lane_stats
from shop_queue.shop_registry import ShopRegistry
from tests.support.conservation import total
from tests.support.redis_binary import redis_binary


def fault_fleet(
    simulator: tuple[str, ...],
    settings: Mapping[str, str],
    *,
    append_only: bool = False,
    redis_options: tuple[str, ...] = (),
    redis_at: str | None = None,
) -> LocalFleet:
    return LocalFleet(
        simulator,
        settings,
        append_only=append_only,
        redis_options=redis_options,
        redis_at=redis_at,
        redis_binary=redis_binary(),
    )


running_fleet = partial(fleet_at_work, redis_binary=redis_binary())


@contextlib.asynccontextmanager
async def at_work(fleet: LocalFleet, workers: int = 2) -> AsyncIterator[LocalFleet]:
    """Starts the fleet, adds its shops and starts its workers."""
    async with fleet:
        await fleet.add_shops()
        await asyncio.gather(*(fleet.start_worker() for _ in range(workers)))
        yield fleet


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float, what: str) -> float:
    """Returns the seconds until the condition held; it does not hold while Redis is unavailable.

    Raises AssertionError after `seconds`.
    """
    began = time.monotonic()
    while not await _holds(condition):
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def _holds(condition: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await condition()
    except REDIS_UNAVAILABLE:
        return False


async def holders(fleet: LocalFleet) -> dict[str, str]:
    """Shop -> its lease, `worker|fence`."""
    held = await fleet.redis.hgetall(HOLDERS)  # type: ignore[misc]
    return {shop.decode(): lease.decode() for shop, lease in held.items()}


async def shops_of(fleet: LocalFleet, worker: Part) -> list[str]:
    name = f"{socket.gethostname()}-{worker.process.pid}-"
    return [shop for shop, lease in (await holders(fleet)).items() if lease.startswith(name)]


async def lanes(fleet: LocalFleet, shops: Sequence[str] = ()) -> dict[str, LaneStats]:
    names = list(shops) or [shop.shop_id for shop in await ShopRegistry(fleet.redis).all()]
    return dict(zip(names, await read_lane_stats(fleet.redis, names), strict=True))


async def seconds_until_each_moves(fleet: LocalFleet, before: Mapping[str, LaneStats], most: float) -> list[float]:
    """For each shop in `before` that had work: the seconds until its next job was committed."""
    began = time.monotonic()
    still = {shop: lane for shop, lane in before.items() if lane.waiting + lane.in_flight > 0}
    took: list[float] = []
    while still:
        now = await lanes(fleet, list(still))
        for shop in [shop for shop, lane in still.items() if now[shop].outcomes != lane.outcomes]:
            took.append(time.monotonic() - began)
            del still[shop]
        if still and time.monotonic() - began > most:
            raise AssertionError(
                f"shops without progress after {most:g} s: {[await _diagnosis(fleet, s) for s in still]}"
            )
        await asyncio.sleep(0.02)
    return took


async def _diagnosis(fleet: LocalFleet, shop: str) -> dict[str, object]:
    """Details of a shop without progress, for the assertion message."""
    keys, redis = lane_keys(shop), fleet.redis
    return {
        "shop": shop,
        "lane": (await lanes(fleet, [shop]))[shop],
        "ready": await redis.zscore(READY, shop),
        "holder": (await holders(fleet)).get(shop),
        "interrupted": await redis.hgetall(keys.crashes),  # type: ignore[misc]
        "in_flight": await redis.zrange(keys.inflight, 0, -1),
        "urgent": (await redis.lrange(keys.urgent, 0, 20)),  # type: ignore[misc]
    }


async def until_next_edit(fleet: LocalFleet, most: float) -> float:
    """Seconds until the next edit is committed."""
    edited: list[int] = []

    async def more() -> bool:
        edited.append((await total(fleet))["edited"])
        return edited[-1] > edited[0]

    return await eventually(more, most, "the next edit is committed")


async def seconds_until_all_move(fleet: LocalFleet, most: float) -> float:
    """Seconds until each shop with work has committed a job, including the time its lane could not be read."""
    began = time.monotonic()
    before: dict[str, LaneStats] = {}

    async def measured() -> bool:
        before.update(await lanes(fleet))
        return True

    await eventually(measured, most, "every lane can be read")
    await seconds_until_each_moves(fleet, before, most - (time.monotonic() - began))
    return time.monotonic() - began


def same_processes(fleet: LocalFleet) -> None:
    assert [worker.process.returncode for worker in fleet.workers] == [None] * len(fleet.workers)


async def until_searched(fleet: LocalFleet) -> None:
    """Waits until no search runs: a running search may find a moved product again."""

    async def searched() -> bool:
        shops = await ShopRegistry(fleet.redis).all()
        jobs = [lane_keys(shop.shop_id).jobs for shop in shops]
        return not any([await fleet.redis.hexists(key, "search:all") for key in jobs])  # type: ignore[misc]

    await eventually(searched, 60, "every search has ended")


async def readiness(fleet: LocalFleet, part: Part) -> int:
    async with fleet.http.get(f"http://127.0.0.1:{part.address}/readyz") as answer:
        return answer.status


async def metric(fleet: LocalFleet, part: Part, start: str) -> float | None:
    """Sum of the series with that prefix; None if there are no such series."""
    async with fleet.http.get(f"http://127.0.0.1:{part.address}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    found = [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(start)]
    return sum(found) if found else None
