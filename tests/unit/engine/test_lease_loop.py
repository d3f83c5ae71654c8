"""A lane is opened once per lease, even if Redis fails in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from shop_queue.consumer import ClaimBatch, OpenedLane
from shop_queue.leases import AcquiredShops, Lease, Leases
from tests.support.engine_state import Watch, engine_state, hold
from worker.engine.claims import Claims
from worker.engine.lease_loop import LeaseLoop


class OneTake(Leases):
    """Gives two leases, then none."""

    def __init__(self) -> None:
        super().__init__(Redis(), "w1", 30)
        self.left: tuple[Lease, ...] = (Lease("7494", 1), Lease("7495", 2))
        self.takes = 0
        self.renewed = asyncio.Queue[tuple[Lease, ...]]()

    async def take(self, most: int, held: int) -> AcquiredShops:
        leases, self.left = self.left, ()
        self.takes += 1
        return AcquiredShops(leases, (0.0,) * len(leases), 2, 0, None, 1_800_000_000, 0)

    async def renew(self, leases: Iterable[Lease]) -> frozenset[str]:
        self.renewed.put_nowait(tuple(leases))
        return frozenset()


class HalfAway:
    """Answers slowly for one shop and fails at first for the other, like a cluster with one server unavailable."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.away, self.slow = True, asyncio.Event()

    def round_trips(self, leases: Sequence[Lease]) -> list[list[Lease]]:
        return [[lease] for lease in leases]

    async def open_and_claim(
        self, leases: Sequence[Lease], count: int
    ) -> list[tuple[OpenedLane | Exception, ClaimBatch | Exception | None]]:
        (lease,) = leases
        self.opened.append(lease.shop_id)
        if lease.shop_id == "7494" and self.away:
            self.away = False
            return [(RedisConnectionError("away"), RedisConnectionError("away"))]
        if lease.shop_id == "7495":
            await self.slow.wait()
        return [(OpenedLane(0, "active", "", None, None, None), ClaimBatch((), (), "active", 1, None, None))]


async def test_a_lane_that_opens_slowly_is_opened_once() -> None:
    state = engine_state({}, Watch())
    leases, holder = OneTake(), HalfAway()
    state.consumer = holder  # type: ignore[assignment]
    loop = asyncio.create_task(LeaseLoop(state, leases, Claims(state)).run())
    async with asyncio.timeout(10):
        # Long enough for a second round, if one could start while the slow lane is being opened.
        while len(holder.opened) < 2:
            await asyncio.sleep(0)
        await asyncio.wait([loop], timeout=0.5)
        holder.slow.set()
        while set(state.held) != {"7494", "7495"}:
            assert not loop.done(), loop.exception()
            state.take_now.set()
            await asyncio.sleep(0.01)
    assert sorted(holder.opened) == ["7494", "7494", "7495"]
    loop.cancel()


async def test_a_lane_that_opens_slowly_does_not_delay_renewals() -> None:
    watch = Watch()
    state = engine_state({}, watch)
    state.options = replace(state.options, lease_seconds=0.06)
    other = hold(state, "7496")
    leases, holder = OneTake(), HalfAway()
    state.consumer = holder  # type: ignore[assignment]
    loops = LeaseLoop(state, leases, Claims(state))
    rounds, renewal = asyncio.create_task(loops.run()), asyncio.create_task(loops.renew())
    async with asyncio.timeout(10):
        while "7495" not in holder.opened:
            await asyncio.sleep(0)
        for _ in range(3):
            watch.now += 0.05
            assert await leases.renewed.get() == (other.lease,)
            await asyncio.sleep(0)
            assert other.lease_ends == watch.now + 0.06
    assert "7495" not in state.held, "it is still being opened"
    rounds.cancel()
    renewal.cancel()


async def test_a_shop_being_released_is_not_renewed() -> None:
    watch = Watch()
    state = engine_state({}, watch)
    state.options = replace(state.options, lease_seconds=0.06)
    kept, going = hold(state, "7496"), hold(state, "7497")
    state.drain(going)
    leases = OneTake()
    renewal = asyncio.create_task(LeaseLoop(state, leases, Claims(state)).renew())
    watch.now += 0.05
    async with asyncio.timeout(10):
        assert await leases.renewed.get() == (kept.lease,)
    renewal.cancel()
