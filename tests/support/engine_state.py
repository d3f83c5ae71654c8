"""Builds the state of an engine and of a held shop, without a server."""

from __future__ import annotations

from collections.abc import Mapping

from redis.asyncio import Redis

from shop_queue.consumer import LaneConsumer
from shop_queue.leases import Lease
from shop_queue.outcome_relay import OutcomeRelay
from tests.support.watch import Watch as Watch
from worker.engine.call_permits import ShopRateLimiter
from worker.engine.held_shop import HeldShop
from worker.engine.job_handler import JobHandler
from worker.engine.observer import Observer
from worker.engine.options import EngineOptions
from worker.engine.redis_clock import RedisClock
from worker.engine.state import EngineState

SLOTS = 3


def engine_state(handlers: Mapping[str, JobHandler], watch: Watch) -> EngineState:
    redis, options = Redis(), EngineOptions(max_jobs=SLOTS, default_rate=1e9, max_rate=1e9)
    redis_clock = RedisClock(watch)
    redis_clock.sync(1_800_000_000)
    return EngineState(
        options=options,
        handlers=handlers,
        consumer=LaneConsumer(redis),
        relay=OutcomeRelay(redis, 1000),
        observer=Observer(),
        clock=watch,
        redis_clock=redis_clock,
        global_limiter=None,
        slots=SLOTS,
    )


def hold(state: EngineState, shop_id: str = "7494") -> HeldShop:
    now = state.clock()
    shop = HeldShop(Lease(shop_id, 1), ShopRateLimiter(None, 1e9, 1e9, now), now + 60, now + 60)
    # There are no jobs left to claim.
    shop.waiting = 0
    state.held[shop_id] = shop
    return shop
