"""Counts, per region, how often the platform recommends the right leaf for products whose leaf is known.

One Redis hash per region has the counts; a set has the products that were tested, so that each counts once. Both expire
after `LIFE_SECONDS` without a test, because the platform changes its recommender.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from catalogue.known_leaf import short_name
from proposals.risk import share_of
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from redis_client.shared_trips import SharedTrips
from relisting.recommender import Agreement, Recommender
from relisting.second_opinion import Opinion

LIFE_SECONDS = 30 * 86_400
REFRESH_SECONDS = 60.0
MAX_TESTS = 3_000
"""Maximum number of tests per region; each test that asks the platform costs one call."""
ASKED_SHARE = 1 / 20
"""Share of the products keeping their leaf that are tested by asking the platform."""
NEEDED_SECONDS = 86_400.0
"""Seconds for which a region is tested after a recommendation was needed."""
OPINIONS: tuple[Opinion, ...] = ("for", "silent", "against")


class RecommenderTests:
    """Methods raise RedisError."""

    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._trips = SharedTrips(redis)
        self._known: dict[str, tuple[float, Recommender]] = {}
        self._needed: dict[str, float] = {}

    async def recommender(self, region: str) -> Recommender:
        """The measurements for a decision; the region is tested from now on."""
        self._needed[region] = self._clock()
        at, known = self._known.get(region, (0.0, None))
        if known is None or self._clock() - at > REFRESH_SECONDS:
            known = await self.counted(region)
            self._known[region] = (self._clock(), known)
        return known

    async def counted(self, region: str) -> Recommender:
        raw = await self._redis.execute_command("HGETALL", _key(region))
        pairs = raw if isinstance(raw, Mapping) else dict(zip(raw[::2], raw[1::2], strict=True))
        counts = {bytes(name).decode(): int(count) for name, count in pairs.items()}
        return Recommender(
            {each: Agreement(counts.get(f"{each}:right", 0), counts.get(f"{each}:wrong", 0)) for each in OPINIONS}
        )

    def is_asked_for(self, region: str, product: str) -> bool:
        """Whether the platform is asked about a product that keeps its leaf."""
        needed = self._needed.get(region)
        if needed is None or self._clock() - needed > NEEDED_SECONDS:
            return False
        _, known = self._known.get(region, (0.0, None))
        total = sum(tests.total for tests in known.tests.values()) if known is not None else 0
        return total < MAX_TESTS and share_of(f"recommender/{product}") < ASKED_SHARE

    async def count(self, region: str, product: str, opinion: Opinion, *, is_right: bool) -> None:
        """Counts a product once."""
        key, tested = _key(region), f"{_key(region)}:tested"
        if int(await self._trips.execute("SCARD", tested)) >= MAX_TESTS:
            return
        if not await self._trips.execute("SADD", tested, short_name(product)):
            return
        counted = ("HINCRBY", key, f"{opinion}:{'right' if is_right else 'wrong'}", "1")
        await in_pipelines(self._redis, [counted, *(("EXPIRE", each, str(LIFE_SECONDS)) for each in (key, tested))])


def _key(region: str) -> str:
    return f"relist:catalogue:{region}:recommender"
