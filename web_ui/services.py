"""The objects that all pages share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from config.markets import Markets
from monitoring.fleet import Fleet, read_fleet
from monitoring.shop_forecasts import ShopForecast, shop_forecasts
from record.record import Record
from redis_client.connect import AnyRedis
from rollout.operations import RolloutOperations
from shop_queue.cancelling import Cancellation
from shop_queue.producer import LaneProducer
from shop_queue.run_progress import speeds
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.shop_client import ShopClient
from web_ui.access.request_guard import Guard
from web_ui.acting import Acting
from web_ui.cached_value import CachedValue
from web_ui.question_index import QuestionIndex, Questions
from web_ui.rendering import Templates
from web_ui.run_counts import RunCounts

FLEET_SECONDS, FORECAST_SECONDS, QUESTION_SECONDS = 1.0, 20.0, 5.0
FIRST_READ_SECONDS = 1.5
"""Seconds that a page waits for the first reading of the questions; later pages show the last one."""

OpenClient = Callable[[str], AbstractAsyncContextManager[ShopClient]]
"""Opens a client for individual calls to one shop."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    shops: tuple[ShopForecast, ...]
    at: datetime


class WebServices:
    """Numbers are read at most once per second for all viewers together, and less often if reading takes long."""

    def __init__(
        self,
        redis: AnyRedis,
        record: Record,
        guard: Guard,
        templates: Templates,
        *,
        markets: Markets,
        lease_seconds: float,
        outcomes_maxlen: int,
        open_client: OpenClient | None,
    ) -> None:
        self.redis, self.record, self.guard, self.templates = redis, record, guard, templates
        self.markets, self.open_client = markets, open_client
        self.registry, self.lanes = ShopRegistry(redis), LaneProducer(redis)
        self.rollout, self.cancellation = RolloutOperations(redis), Cancellation(redis, outcomes_maxlen)
        self.acting = Acting(redis, record)
        self.run_counts = RunCounts(record)
        index = QuestionIndex(redis)

        async def read_questions() -> Questions:
            return await index.refresh([shop.shop_id for shop in await self.registry.all()])

        async def read_forecasts() -> Forecasts:
            now = datetime.now(UTC)
            fleet, pace = await self.fleet(), await speeds(redis, now)
            return Forecasts(tuple(shop_forecasts(fleet.shops, pace, markets, now)), now)

        self._fleet: CachedValue[Fleet] = CachedValue(lambda: read_fleet(redis, lease_seconds), FLEET_SECONDS)
        self._questions: CachedValue[Questions] = CachedValue(read_questions, QUESTION_SECONDS, rest_factor=20)
        self._forecasts: CachedValue[Forecasts] = CachedValue(read_forecasts, FORECAST_SECONDS, rest_factor=20)

    async def fleet(self) -> Fleet:
        """Raises RedisError."""
        fleet = await self._fleet.get()
        if fleet is None:
            raise RuntimeError("get without a timeout always returns a value")
        return fleet

    async def forecasts(self) -> Forecasts:
        """Raises RedisError."""
        found = await self._forecasts.get()
        if found is None:
            raise RuntimeError("get without a timeout always returns a value")
        return found

    async def questions(self) -> Questions | None:
        """Return None while the first reading is in progress. Raises RedisError."""
        return await self._questions.get(FIRST_READ_SECONDS)

    def changed(self) -> None:
        """Make the next page read again, because an action has just changed the fleet."""
        for value in (self._fleet, self._questions, self._forecasts):
            value.expire()

    async def close(self) -> None:
        for value in (self._fleet, self._questions, self._forecasts):
            await value.close()
        await self.run_counts.close()
