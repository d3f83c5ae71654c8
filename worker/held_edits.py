"""The edits of this process that the rollout holds: schedules when their jobs ask again, and wakes some of them.

The jobs of a shop share a limited number of requests per second, so that a thousand held edits cost no more than a few.
When a read-back or an audit frees places, some of the jobs that wait for them move to the head of their lanes. A job
that is not woken, for example because another worker freed the place, asks again after a while.
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
"""Requests per second of all held jobs of a shop together."""
LONGEST_SECONDS = 60.0
FULL_SECONDS = 2.0
"""Seconds for which no job asks about a full release window: the shop's products are not even read."""
MAX_AHEAD = 8
"""A shop with this many products waiting for a read-back reads no more, because each would be read twice."""
MAX_HELD = 100_000


def _ahead(shop_id: str) -> str:
    """The level for which products wait unread while enough other products of the shop wait for a read-back."""
    return f"ahead/{shop_id}"


class HeldEdits(Observer):
    def __init__(self, lanes: LaneProducer | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Without `lanes` no job is woken."""
        self._lanes, self._clock = lanes, clock
        self._by_level: dict[str, dict[tuple[str, str], JobKind]] = {}
        self._level_of: dict[tuple[str, str], str] = {}
        self._of_shop: Counter[str] = Counter()
        self._brief: dict[str, set[str]] = {}
        """Shop -> its jobs that wait for a read-back."""
        self._full: dict[str, tuple[float, str]] = {}

    def hold(self, job: Job, level: str, retry_after: float, *, is_brief: bool = False) -> float:
        """Seconds after which the job asks again. `is_brief`: the job waits for the read-back of another edit."""
        key = (job.shop_id, job.id)
        self.forget(job)
        if len(self._level_of) < MAX_HELD:
            self._level_of[key] = level
            self._by_level.setdefault(level, {})[key] = job.kind
            self._of_shop[job.shop_id] += 1
            if is_brief:
                self._brief.setdefault(job.shop_id, set()).add(job.id)
        spread = min(self._of_shop[job.shop_id] / ASKS_PER_SECOND, LONGEST_SECONDS)
        return max(retry_after, spread) * random.uniform(0.75, 1.25)

    def knows(self, job: Job) -> bool:
        """Whether this process has held the job since it last ran."""
        return (job.shop_id, job.id) in self._level_of

    def forget(self, job: Job) -> None:
        """The job runs again."""
        self._forget((job.shop_id, job.id))

    def release_is_full(self, shop_id: str, level: str) -> None:
        self._full[shop_id] = (self._clock() + FULL_SECONDS, level)

    def release_has_room(self, shop_id: str) -> None:
        self._full.pop(shop_id, None)

    def level_before_reading(self, shop_id: str, *, is_asking: bool = False) -> str:
        """The level for which the shop's products wait unread; empty = none.

        This is the release that recently had no place for the shop, or `ahead/SHOP` if enough of its products wait for
        a read-back. `is_asking`: the caller reads its product if it may. It then asks on behalf of all others of the
        shop, which wait for the result.
        """
        until, level = self._full.get(shop_id, (0.0, ""))
        if until > self._clock():
            return level
        if level and is_asking:
            self.release_is_full(shop_id, level)
        return "" if self._may_read(shop_id) else _ahead(shop_id)

    def unread(self, shop_id: str) -> tuple[str, ...]:
        """The level of the shop's unread products, if some of them may be read now."""
        return (_ahead(shop_id),) if self._may_read(shop_id) else ()

    def _may_read(self, shop_id: str) -> bool:
        return len(self._brief.get(shop_id, ())) < MAX_AHEAD

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
        shop_id, job_id = key
        if (brief := self._brief.get(shop_id)) is not None:
            brief.discard(job_id)
            if not brief:
                del self._brief[shop_id]
        self._of_shop[key[0]] -= 1
        if not self._of_shop[key[0]]:
            del self._of_shop[key[0]]
