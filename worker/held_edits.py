"""The edits of this process that the rollout holds: how often their jobs ask again, and which are woken.

The jobs of a shop share a number of asks per second, so that a thousand held edits cost no more than a few. When a
read-back or an audit frees places, some of the jobs that wait for them move to the head of their lanes. A job that is
not woken, as when another worker freed the place, asks again after a while.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable

from model.job import Job, JobKind
from shop_queue.producer import EnqueueRequest, LaneProducer
from worker.engine.observer import Observer

ASKS_PER_SECOND = 5.0
"""How often all held jobs of a shop ask together."""
LONGEST_SECONDS = 60.0
FULL_SECONDS = 2.0
"""A full release window is not asked for so long: the products of the shop are not even read."""
MOST_HELD = 100_000


class HeldEdits(Observer):
    def __init__(self, lanes: LaneProducer | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Without `lanes` no job is woken."""
        self._lanes, self._clock = lanes, clock
        self._by_level: dict[str, dict[tuple[str, str], JobKind]] = {}
        self._level_of: dict[tuple[str, str], str] = {}
        self._of_shop: Counter[str] = Counter()
        self._full: dict[str, tuple[float, str]] = {}

    def hold(self, job: Job, level: str, retry_after: float) -> float:
        """Seconds after which the job asks again."""
        key = (job.shop_id, job.id)
        self.forget(job)
        if len(self._level_of) < MOST_HELD:
            self._level_of[key] = level
            self._by_level.setdefault(level, {})[key] = job.kind
            self._of_shop[job.shop_id] += 1
        spread = min(self._of_shop[job.shop_id] / ASKS_PER_SECOND, LONGEST_SECONDS)
        return max(retry_after, spread) * random.uniform(0.75, 1.25)

    def forget(self, job: Job) -> None:
        """The job runs again."""
        self._forget((job.shop_id, job.id))

    def release_is_full(self, shop_id: str, level: str) -> None:
        self._full[shop_id] = (self._clock() + FULL_SECONDS, level)

    def full_release(self, shop_id: str) -> str:
        """The release that had no place for the shop a moment ago; empty = none is known."""
        until, level = self._full.get(shop_id, (0.0, ""))
        if until > self._clock():
            return level
        self._full.pop(shop_id, None)
        return ""

    async def wake(self, levels: Iterable[str], most: int) -> None:
        """Moves up to `most` jobs that wait for each of these levels to the head of their lanes.

        Raises one of REDIS_UNAVAILABLE, or CorruptLane.
        """
        woken = [(key, kind) for level in levels for key, kind in self._first(level, most)]
        if not woken:
            return
        for (shop_id, job_id), _ in woken:
            self._forget((shop_id, job_id))
            self._full.pop(shop_id, None)
        if self._lanes is not None:
            await self._lanes.enqueue(
                EnqueueRequest(Job(shop_id, job_id, kind, priority="urgent"), update_only=True)
                for (shop_id, job_id), kind in woken
            )

    def lease_lost(self, shop_id: str) -> None:
        for key in [key for key in self._level_of if key[0] == shop_id]:
            self._forget(key)
        self._full.pop(shop_id, None)

    def lease_released(self, shop_id: str) -> None:
        self.lease_lost(shop_id)

    def _first(self, level: str, most: int) -> list[tuple[tuple[str, str], JobKind]]:
        return [each for each, _ in zip(self._by_level.get(level, {}).items(), range(most), strict=False)]

    def _forget(self, key: tuple[str, str]) -> None:
        level = self._level_of.pop(key, None)
        if level is None:
            return
        del self._by_level[level][key]
        if not self._by_level[level]:
            del self._by_level[level]
        self._of_shop[key[0]] -= 1
        if not self._of_shop[key[0]]:
            del self._of_shop[key[0]]
