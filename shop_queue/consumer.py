"""The lease holder's side of a lane: open it, claim batches of jobs, commit what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from model.job import Job
from redis_client.connect import AnyRedis, is_cluster
from redis_client.scripts import Call, load_script, run, run_many
from shop_queue.corrupt_lane import CorruptLane
from shop_queue.keys import lane_keys
from shop_queue.leases import Lease
from shop_queue.producer import EnqueueRequest
from shop_queue.states import shop_moves


class FencedError(Exception):
    """The lease was lost to another worker: its work must be dropped, not committed."""

    def __init__(self, shop_id: str) -> None:
        super().__init__(f"the lease of shop {shop_id} was lost")
        self.shop_id = shop_id


@dataclass(frozen=True, slots=True)
class OpenedLane:
    recovered: int
    """In-flight jobs of a dead holder, now at the head of the lane."""
    state: str
    reason: str
    until_seconds: float | None
    """Seconds until a park ends by itself."""
    limit: float | None
    pace: dict[str, Any] | None
    """What the last holder learned of the shop's allowance."""


@dataclass(frozen=True, slots=True)
class ClaimBatch:
    jobs: tuple[tuple[Job, int], ...]
    """Each with the number of workers that died holding it, the first, or after they had started it, the others."""
    unreadable: tuple[tuple[str, str], ...]
    """Job ids whose payload this version cannot read, and why."""
    state: str
    waiting: int
    next_due_seconds: float | None
    limit: float | None
    in_flight: int = 0
    """Jobs of the lane that are claimed and not committed; more than the holder knows of are orphans."""


@dataclass(frozen=True, slots=True)
class Complete:
    """The job is over; `record` is published (None = not), `blocked` keeps it for the worklist."""

    job_id: str
    outcome: str
    record: dict[str, Any] | None = None
    blocked: bool = False
    follow_ups: tuple[EnqueueRequest, ...] = ()
    context: Mapping[str, Any] | None = None
    """What is kept with a blocked product beside its record (shop_queue/blocked_products.py)."""


@dataclass(frozen=True, slots=True)
class Requeue:
    """The job goes back into the lane as it now is: a retry, a snooze, or the next step of a long one."""

    job: Job
    delay_seconds: float = 0.0
    follow_ups: tuple[EnqueueRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """ClaimBatch and not started: to the head of the lane, as if never touched."""

    job_id: str


Operation = Complete | Requeue | Release


@dataclass(slots=True)
class Commit:
    lease: Lease
    operations: Sequence[Operation]
    pace: dict[str, Any] | None = field(default=None)
    number: int = 0
    """Of the commits under this lease, from 1: told again, its answer lost, it changes nothing. One without a number
    (0) could end what has begun since: no engine sends one."""


@dataclass(frozen=True, slots=True)
class Committed:
    waiting: int
    next_due_seconds: float | None
    skipped: int
    """Operations that had been committed before (a repeated commit)."""
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
        """Raises FencedError when a later lease has opened the lane, CorruptLane when its control can not be read."""
        reply = await run(self._redis, Call(self._open, self._keys(lease), (lease.fence, shop_moves("park_ends"))))
        if reply[0] == b"FENCED":
            raise FencedError(lease.shop_id)
        try:
            return _opened(reply)
        except ValueError as problem:
            raise CorruptLane(lease.shop_id, problem) from None

    async def claim(self, wants: Sequence[tuple[Lease, int]]) -> list[ClaimBatch | Exception]:
        """The next jobs of each lane, in one round trip; FencedError, or what Redis answered, for one that failed."""
        calls = [Call(self._claim, self._keys(lease), (lease.fence, count)) for lease, count in wants]
        replies = await run_many(self._redis, calls)
        results: list[ClaimBatch | Exception] = []
        for (lease, _), reply in zip(wants, replies, strict=True):
            if isinstance(reply, Exception):
                results.append(reply)
            elif reply[0] == b"FENCED":
                results.append(FencedError(lease.shop_id))
            else:
                try:
                    results.append(_claimed(lease.shop_id, reply))
                except ValueError as problem:
                    results.append(CorruptLane(lease.shop_id, problem))
        return results

    async def commit(self, commits: Sequence[Commit]) -> list[Committed | Exception]:
        """Each shop's operations in one transaction, all shops in one round trip; safe to repeat as it was.

        FencedError, or what Redis answered, for a shop whose commit failed.
        """
        calls = [Call(self._commit, self._keys(commit.lease), self._arguments(commit)) for commit in commits]
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

    async def start(self, lease: Lease, job_id: str) -> None:
        """Told before a job is started that a worker died holding: if this one dies too, it counts against the job.

        Raises FencedError.
        """
        reply = await run(self._redis, Call(self._start, self._keys(lease), (lease.fence, job_id)))
        if reply[0] == b"FENCED":
            raise FencedError(lease.shop_id)

    async def park(self, lease: Lease, reason: str, seconds: float | None) -> None:
        """Stops the shop for a reason of the service's own, for so long (None = until somebody ends it).

        A person's pause stays. Raises FencedError.
        """
        arguments = (shop_moves("park"), reason, max(1, int(seconds * 1000)) if seconds is not None else 0, lease.fence)
        reply = await run(self._redis, Call(self._state, self._keys(lease), arguments))
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
        ]
        for operation in commit.operations:
            match operation:
                case Complete(job_id, outcome, record, blocked, follow_ups, context):
                    text = orjson.dumps(record) if record is not None else b""
                    kept = orjson.dumps({**record, **context}) if record is not None and context else text
                    arguments += ["D", job_id, outcome, text, kept if blocked else b"", len(follow_ups)]
                case Requeue(job, delay, follow_ups):
                    arguments += ["R", job.id, job.dump(), int(delay * 1000), len(follow_ups)]
                case Release(job_id):
                    arguments += ["H", job_id]
                    follow_ups = ()
            for addition in follow_ups:
                arguments.extend(addition.arguments())
        return arguments


def _opened(reply: Any) -> OpenedLane:
    """Raises ValueError: somebody else has written into the lane's control."""
    fields = {reply[i].decode(): reply[i + 1] for i in range(3, len(reply), 2)}
    until = int(fields.get("until") or 0)
    return OpenedLane(
        recovered=reply[1],
        state=fields.get("state", b"active").decode(),
        reason=fields.get("reason", b"").decode(),
        until_seconds=max(0.0, (until - reply[2]) / 1000) if until else None,
        limit=float(fields["limit"]) if fields.get("limit") else None,
        pace=orjson.loads(fields["pace"]) if fields.get("pace") else None,
    )


def _claimed(shop_id: str, reply: Any) -> ClaimBatch:
    """Raises ValueError: an id, the state or the limit is nothing this service writes."""
    jobs, unreadable = [], []
    for i in range(6, len(reply), 3):
        job_id = reply[i].decode()
        try:
            jobs.append((Job.load(shop_id, job_id, reply[i + 1]), int(reply[i + 2])))
        except (ValueError, TypeError) as problem:
            unreadable.append((job_id, str(problem)))
    return ClaimBatch(
        tuple(jobs),
        tuple(unreadable),
        reply[1].decode(),
        reply[2],
        reply[3] / 1000 if reply[3] >= 0 else None,
        float(reply[4]) if reply[4] else None,
        reply[5],
    )
