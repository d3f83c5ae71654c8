"""The rollout's interface for worker processes: admission before an edit and reports after it.

    async with asyncio.TaskGroup() as tasks:
        rollout = Rollout(redis, "normal")
        watching = tasks.create_task(rollout.watch())

    answer = await rollout.admit(edit)             # with the write permit, before the last read
    if isinstance(answer, Held): ...               # snooze for answer.retry_after seconds, outcome `waiting`
    ...                                            # read, plan again, record, send
    await rollout.report(permit, NotSent())        # if it was not sent or was refused
    if answer.read_back or warned: ...             # Get Product once rollout.read_back_due(...) is true
    await rollout.report(permit, Clean())          # or Damaged(fields), or NotSeen()
    await rollout.audit_ended(permit, rejected=False)

An edit whose levels are all open costs no round trip. The permit is stored in the job's state, so any process can
report its result. If the job is lost, the permit's places expire after two minutes (read-back) or two medians (audit).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from rollout.admission import admit
from rollout.audit_evidence import audit_ended
from rollout.edit import Edit
from rollout.look_timing import LookTiming
from rollout.outcome import Admitted, Damaged, Held, NotSent, Permit, ReadBack
from rollout.policy import POLICIES, PolicyName, RolloutPolicy
from rollout.read_back_evidence import read_back_ended
from rollout.records import Book
from rollout.sampling import Sampler
from rollout.store import RolloutStore
from rollout.transactions import Transactions
from rollout.view import View

POLL_SECONDS = 0.5
STALE_SECONDS = 2.0
"""A process that has not read the epoch for this many seconds asks Redis about every edit."""


class Rollout:
    """One instance per process. `policy` is the fleet's (RELIST_ROLLOUT); a run may have another."""

    def __init__(
        self,
        redis: AnyRedis,
        policy: PolicyName,
        *,
        random: Random | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        draw = random or Random()
        self._store = RolloutStore(redis)
        self._policy = POLICIES[policy]
        self._monotonic = monotonic
        self._view = View()
        self._sampler = Sampler(draw.random)
        self._timing = LookTiming()
        self._transactions = Transactions(self._store, self._learned, draw)
        self._checked = float("-inf")
        self._clock_offset = 0.0

    async def watch(self) -> None:
        """Follows the epoch until cancelled. While Redis is unavailable, nothing is admitted from the cached view."""
        while True:
            try:
                await self.check_epoch()
            except REDIS_UNAVAILABLE:
                self._view.forget()
            await asyncio.sleep(POLL_SECONDS)

    async def check_epoch(self) -> None:
        """Discards the cached view if a level was stopped or released. Raises RedisError, OSError."""
        began = self._monotonic()
        if await self._store.epoch() != self._view.epoch:
            self._view.forget()
        self._checked = began

    async def admit(self, edit: Edit) -> Admitted | Held:
        """Whether the edit may be sent now. Raises RolloutContended, RolloutFull, CorruptRecord, RedisError, OSError.

        A product that is admitted again, for example after a crash, keeps its places.
        """
        answer: Admitted | Held | None = None
        if self._monotonic() - self._checked <= STALE_SECONDS:
            answer = self._view.admit(edit, self._policy_of(self._view.runs, edit), self._now())
        if answer is None:
            answer = await self._transactions.decide(
                (*edit.keys,), lambda book, now: admit(book, edit, self._policy_of(book.fleet.runs, edit), now)
            )
        if isinstance(answer, Held):
            return answer
        sampled = self._sampler.take(edit, self._policy_of(self._view.runs, edit).sample_every)
        if answer.read_back and not sampled:
            self._sampler.reset(edit)
        return Admitted(answer.permit, answer.read_back or sampled)

    def read_back_due(self, looks: int) -> float | None:
        """Seconds from acceptance to the next look, after `looks` looks that saw the old version.

        None means: give up and report NotSeen. Look at a difference a second time before you report Damaged.
        """
        return self._timing.due(looks)

    async def report(
        self, permit: Permit, result: ReadBack, *, shown_after: float | None = None, is_late: bool = False
    ) -> None:
        """Reports the result of a read-back, or NotSent for an edit that was not accepted. Idempotent.

        `is_late`: NotSeen was reported before, and the edit's audit has ended; a repeated call counts twice.
        `shown_after` is the number of seconds from acceptance to the look that saw the edit; it times later looks.
        Raises the errors of `admit`.
        """
        if shown_after is not None:
            self._timing.shown(shown_after)
        if isinstance(result, NotSent) and not permit.windows and not permit.looks:
            return
        edit = permit.edit
        await self._transactions.decide(
            edit.keys,
            lambda book, now: read_back_ended(
                book, permit, result, self._policy_of(book.fleet.runs, edit), now, is_late=is_late
            ),
        )
        if isinstance(result, Damaged):
            self._view.forget()

    async def audit_ended(self, permit: Permit, *, rejected: bool) -> None:
        """Reports that the edit's audit has ended or was not needed. Raises the errors of `admit`.

        Call it after the result is durable: a repeated call counts twice in the test, though not in the gate.
        """
        edit = permit.edit
        await self._transactions.decide(
            edit.keys,
            lambda book, now: audit_ended(book, permit, rejected, self._policy_of(book.fleet.runs, edit), now),
        )

    def _policy_of(self, runs: dict[str, PolicyName], edit: Edit) -> RolloutPolicy:
        name = runs.get(edit.run_id) if edit.run_id else None
        return POLICIES[name] if name else self._policy

    def _learned(self, epoch: int, book: Book, now: int) -> None:
        self._checked = self._monotonic()
        self._clock_offset = now - self._checked * 1000
        for policy in POLICIES.values():
            if policy is self._policy or policy.name in book.fleet.runs.values():
                self._view.learn(epoch, book, policy)

    def _now(self) -> int:
        return int(self._monotonic() * 1000 + self._clock_offset)
