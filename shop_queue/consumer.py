"""The consumer's side of a lane, for the worker that holds its lease: open it, claim jobs, commit their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from model.job import DRY_RUN_FIELD, Job
from redis_client.connect import AnyRedis, is_cluster
from redis_client.scripts import ScriptCall, load_script, run, run_many
from shop_queue.corrupt_lane import CorruptLane
from shop_queue.keys import lane_keys
from shop_queue.leases import Lease
from shop_queue.operations import Commit as Commit
from shop_queue.operations import Complete as Complete
from shop_queue.operations import Defer as Defer
from shop_queue.operations import Operation as Operation
from shop_queue.operations import Release as Release
from shop_queue.operations import Requeue as Requeue
from shop_queue.operations import operation_arguments
from shop_queue.pace import read_pace
from shop_queue.states import shop_transitions


class FencedError(Exception):
    """The lease was lost to another worker: its work must be dropped, not committed."""

    def __init__(self, shop_id: str) -> None:
        super().__init__(f"the lease of shop {shop_id} was lost")
        self.shop_id = shop_id


@dataclass(frozen=True, slots=True)
class OpenedLane:
    recovered: int
    """In-flight jobs of a dead consumer, now at the head of the lane."""
    state: str
    reason: str
    until_seconds: float | None
    """Seconds until a park ends."""
    limit: float | None
    pace: dict[str, Any] | None
    """The rates that the last consumer learned for the shop."""


@dataclass(frozen=True, slots=True)
class ClaimBatch:
    jobs: tuple[tuple[Job, int], ...]
    """The claimed jobs, each with its crash count: the number of workers that died while they had it."""
    unreadable: tuple[tuple[str, str], ...]
    """Job ids whose payload this version cannot read, with the reason."""
    state: str
    waiting: int
    next_due_seconds: float | None
    limit: float | None
    in_flight: int = 0
    """Jobs claimed and not committed. Those unknown to the consumer are orphans of a lost reply."""


@dataclass(frozen=True, slots=True)
class Committed:
    waiting: int
    next_due_seconds: float | None
    skipped: int
    """Operations that were committed before."""
    in_flight: int = 0


class LaneConsumer:
    def __init__(self, redis: AnyRedis, outcomes_maxlen: int = 1_000_000) -> None:
        self._redis = redis
        self._maxlen = outcomes_maxlen
        self._own_outbox = is_cluster(redis)
        self._open = load_script("shop_queue", "open")
        self._claim = load_script("shop_queue", "claim")
        self._commit = load_script("shop_queue", "commit")
        self._state = load_script("shop_queue", "state")
        self._start = load_script("shop_queue", "start")

    async def open(self, lease: Lease) -> OpenedLane:
        """Raises FencedError if a later lease has opened the lane, CorruptLane if its control hash is unreadable."""
        [(opened, _)] = await self.open_and_claim([lease], 0)
        if isinstance(opened, Exception):
            raise opened
        return opened

    def round_trips(self, leases: Sequence[Lease]) -> list[list[Lease]]:
        """Splits leases into those to open together. On a cluster, no lane waits for another lane's server."""
        return [[lease] for lease in leases] if self._own_outbox else [list(leases)] if leases else []

    async def open_and_claim(
        self, leases: Sequence[Lease], count: int
    ) -> list[tuple[OpenedLane | Exception, ClaimBatch | Exception | None]]:
        """Opens lanes and claims the first jobs of each, all in one round trip. A count of 0 claims nothing.

        A lane that failed has FencedError, CorruptLane or the error reply as its result. Raises one of
        REDIS_UNAVAILABLE if a single server is unavailable.
        """
        transitions = shop_transitions("park_ends")
        calls = []
        for lease in leases:
            calls.append(ScriptCall(self._open, self._keys(lease), (lease.fence, transitions)))
            if count:
                calls.append(self._claim_call(lease, count))
        replies = iter(await run_many(self._redis, calls))
        return [
            (_opened(lease.shop_id, next(replies)), _claimed(lease.shop_id, next(replies)) if count else None)
            for lease in leases
        ]

    async def claim(self, wants: Sequence[tuple[Lease, int]]) -> list[ClaimBatch | Exception]:
        """Claims the next jobs of each lane in one round trip.

        A lane that failed has FencedError, CorruptLane or the error reply instead of a batch.
        """
        replies = await run_many(self._redis, [self._claim_call(lease, count) for lease, count in wants])
        return [_claimed(lease.shop_id, reply) for (lease, _), reply in zip(wants, replies, strict=True)]

    def _claim_call(self, lease: Lease, count: int) -> ScriptCall:
        return ScriptCall(self._claim, self._keys(lease), (lease.fence, count, DRY_RUN_FIELD))

    async def commit(self, commits: Sequence[Commit]) -> list[Committed | Exception]:
        """Commits each shop's operations in one transaction, all shops in one round trip. Safe to repeat unchanged.

        A shop whose commit failed has FencedError or the error reply as its result.
        """
        calls = [ScriptCall(self._commit, self._keys(commit.lease), self._arguments(commit)) for commit in commits]
        results: list[Committed | Exception] = []
        for commit, reply in zip(commits, await run_many(self._redis, calls), strict=True):
            if isinstance(reply, Exception):
                results.append(reply)
            elif reply[0] == b"FENCED":
                results.append(FencedError(commit.lease.shop_id))
            else:
                due = reply[2] / 1000 if reply[2] >= 0 else None
                results.append(Committed(reply[1], due, reply[3], reply[4]))
        return results

    async def start(self, starts: Sequence[tuple[Lease, Sequence[str]]]) -> list[Exception | None]:
        """Records, in one round trip, that jobs with a crash count are about to start: if this worker dies too, their
        counts increase.

        A lane that failed has FencedError or the error reply as its result. Raises one of REDIS_UNAVAILABLE if a single
        server is unavailable.
        """
        calls = [ScriptCall(self._start, self._keys(lease), (lease.fence, *job_ids)) for lease, job_ids in starts]
        results: list[Exception | None] = []
        for (lease, _), reply in zip(starts, await run_many(self._redis, calls), strict=True):
            if isinstance(reply, Exception):
                results.append(reply)
            else:
                results.append(FencedError(lease.shop_id) if reply[0] == b"FENCED" else None)
        return results

    async def park(self, lease: Lease, reason: str, seconds: float | None) -> None:
        """Parks the shop for this long (None = until an operator resumes it). A paused shop stays paused.

        Raises FencedError.
        """
        lifetime_ms = max(1, int(seconds * 1000)) if seconds is not None else 0
        args = (shop_transitions("park"), reason, lifetime_ms, lease.fence)
        reply = await run(self._redis, ScriptCall(self._state, self._keys(lease), args))
        if reply[0] == b"FENCED":
            raise FencedError(lease.shop_id)

    def _keys(self, lease: Lease) -> Sequence[str]:
        return lane_keys(lease.shop_id, own_outbox=self._own_outbox)

    def _arguments(self, commit: Commit) -> list[bytes | str | int]:
        arguments: list[bytes | str | int] = [
            commit.lease.fence,
            self._maxlen,
            orjson.dumps(commit.pace) if commit.pace else "",
            commit.number,
            DRY_RUN_FIELD,
            int(self._own_outbox),
        ]
        return [*arguments, *operation_arguments(commit.operations)]


def _opened(shop_id: str, reply: Any) -> OpenedLane | Exception:
    """Returns CorruptLane for a control hash with values that this service does not write."""
    if isinstance(reply, Exception):
        return reply
    if reply[0] == b"FENCED":
        return FencedError(shop_id)
    fields = {reply[i].decode(): reply[i + 1] for i in range(3, len(reply), 2)}
    try:
        until = int(fields.get("until") or 0)
        return OpenedLane(
            recovered=reply[1],
            state=fields.get("state", b"active").decode(),
            reason=fields.get("reason", b"").decode(),
            until_seconds=max(0.0, (until - reply[2]) / 1000) if until else None,
            limit=float(fields["limit"]) if fields.get("limit") else None,
            pace=read_pace(fields.get("pace", b"")),
        )
    except ValueError as problem:
        return CorruptLane(shop_id, problem)


def _claimed(shop_id: str, reply: Any) -> ClaimBatch | Exception:
    """Returns CorruptLane for a reply with an ID, a state or a limit that this service does not write."""
    if isinstance(reply, Exception):
        return reply
    if reply[0] == b"FENCED":
        return FencedError(shop_id)
    try:
        return _batch(shop_id, reply)
    except ValueError as problem:
        return CorruptLane(shop_id, problem)


def _batch(shop_id: str, reply: Any) -> ClaimBatch:
    """Raises ValueError."""
    jobs, unreadable = [], []
    for i in range(6, len(reply), 3):
        job_id = reply[i].decode()
        try:
            jobs.append((Job.load(shop_id, job_id, reply[i + 1]), int(reply[i + 2])))
        except (ValueError, TypeError) as problem:
            unreadable.append((job_id, str(problem)))
    return ClaimBatch(
        jobs=tuple(jobs),
        unreadable=tuple(unreadable),
        state=reply[1].decode(),
        waiting=reply[2],
        next_due_seconds=reply[3] / 1000 if reply[3] >= 0 else None,
        limit=float(reply[4]) if reply[4] else None,
        in_flight=reply[5],
    )
