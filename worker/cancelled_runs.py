"""Checks, immediately before an edit is sent, whether an operator has cancelled its run."""

from __future__ import annotations

import time
from collections.abc import Callable

from model.job import Job
from redis_client.connect import AnyRedis
from shop_queue.cancelling import is_cancelled
from worker.shared_questions import SharedQuestions

KNOWN_SECONDS = 1.0
"""Seconds for which a result is reused for edits of the same run, so that not every edit costs a round trip."""
MAX_KNOWN = 10_000


class CancelledRuns:
    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}
        self._questions = SharedQuestions[bool]()

    async def includes(self, job: Job) -> bool:
        """Raises one of REDIS_UNAVAILABLE."""
        key = (job.shop_id, job.run_id)
        until, answer = self._known.get(key, (0.0, False))
        if until > self._clock():
            return answer
        alone = job.kind == "undo"
        return await self._questions.ask((*key, alone), lambda: self._ask(key, alone))

    async def _ask(self, key: tuple[str, str], alone: bool) -> bool:
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        asked = self._clock()
        answer = await is_cancelled(self._redis, *key, alone=alone)
        self._known[key] = (asked + KNOWN_SECONDS, answer)
        return answer
