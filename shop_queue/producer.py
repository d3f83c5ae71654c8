"""The producers' side of a lane: put jobs in, once each, and order a shop to pause or go on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Literal

import orjson

from model.job import Job
from redis_client.connect import AnyRedis, is_cluster
from redis_client.scripts import Call, load_script, pipeline, run, run_many
from shop_queue.corrupt_lane import CorruptLane, is_lane_corruption
from shop_queue.keys import CONTROL_CHANNEL, ENQUEUED, LaneKeys, lane_keys
from shop_queue.leases import wake
from shop_queue.states import shop_moves

BATCH = 1000
"""Jobs a script call: long enough to be cheap, short enough not to hold the server up."""


@dataclass(frozen=True, slots=True)
class EnqueueRequest:
    """A job and how it goes into its lane."""

    job: Job
    delay_seconds: float = 0.0
    update_only: bool = False
    """A webhook speaks of a job that must exist already; it never makes one."""
    skip_if_pending: bool = False
    """A search finds products again that are in audit or wait for a person: those are left alone."""
    entry: str = ""
    """Of the intake stream, that it came with."""

    def arguments(self) -> tuple[str | bytes | int, ...]:
        """Five script arguments: id, payload, place, delay ms, flags."""
        place = "d" if self.delay_seconds > 0 else "u" if self.job.priority == "urgent" else "n"
        flags = ("h" if self.job.has_hints or self.job.priority == "urgent" else "") + ("m" if self.update_only else "")
        return (
            self.job.id,
            self.job.dump(),
            place,
            int(self.delay_seconds * 1000),
            flags + ("s" if self.skip_if_pending else ""),
        )


@dataclass(frozen=True, slots=True)
class Enqueued:
    added: int = 0
    merged: int = 0
    skipped: int = 0
    longest_lane: int = 0
    """Jobs in the longest of the lanes touched, for back-pressure."""


class LaneProducer:
    def __init__(self, redis: AnyRedis, producer: str = "") -> None:
        """`producer` is under whose name the jobs are counted; without one they are not."""
        self._redis = redis
        self._producer = producer
        self._own_outbox = is_cluster(redis)
        self._enqueue = load_script("shop_queue", "enqueue")
        self._merge = load_script("shop_queue", "merge")
        self._state = load_script("shop_queue", "state")

    async def enqueue(self, additions: Iterable[EnqueueRequest], *, read_before: bool = False) -> Enqueued:
        """Adds each job once; one that waits or runs already takes the newer one's hints instead.

        Jobs of an intake entry leave a note in their lane until `acknowledged`: when the entry is `read_before`, by a
        gateway that died over it, those that were in the lane once are not put there again, though they may have ended.
        Raises one of `REDIS_UNAVAILABLE`, or CorruptLane. Jobs that were added before the error are in their lanes;
        repeating the call is safe.
        """
        batches = list(_batches(additions, apart=read_before))
        calls = []
        for shop_id, batch in batches:
            entries = " ".join(sorted({addition.entry for addition in batch} - {""}))
            parts = [part for addition in batch for part in addition.arguments()]
            calls.append(Call(self._enqueue, self._keys(shop_id), [entries, int(read_before), *parts]))
        added = merged = skipped = longest = 0
        due: dict[str, float] = {}
        away: Exception | None = None
        for (shop_id, batch), reply in zip(batches, await run_many(self._redis, calls), strict=True):
            if isinstance(reply, Exception):
                # One that is away may be another tomorrow, so it is told rather than one that is broken.
                away = (away or CorruptLane(shop_id, reply)) if is_lane_corruption(reply) else reply
                continue
            added, merged, skipped = added + reply[0], merged + reply[1], skipped + reply[2]
            longest = max(longest, reply[3])
            if reply[4] >= 0:
                due[shop_id] = min(due.get(shop_id, float("inf")), reply[4] / 1000)
            for number in reply[5:]:
                if await self._merge_into(batch[number - 1]):
                    merged += 1
                    due[shop_id] = 0.0
        await wake(self._redis, due.items())
        if away is not None:
            raise away
        if self._producer and batches:
            await self._count(addition.job.kind for _, batch in batches for addition in batch)
        return Enqueued(added, merged, skipped, longest)

    async def acknowledged(self, additions: Iterable[EnqueueRequest]) -> None:
        """Their entries will not be read again: the notes that they were taken can go."""
        entries = {(addition.job.shop_id, addition.entry) for addition in additions if addition.entry}
        async with pipeline(self._redis) as pipe:
            for shop_id, entry in entries:
                pipe.hdel(self._keys(shop_id).taken, entry)
            await pipe.execute()

    async def _count(self, kinds: Iterable[str]) -> None:
        async with pipeline(self._redis) as pipe:
            for kind, number in Counter(kinds).items():
                pipe.hincrby(ENQUEUED, f"{self._producer}|{kind}", number)
            await pipe.execute()

    async def _merge_into(self, addition: EnqueueRequest) -> bool:
        keys = self._keys(addition.job.shop_id)
        place = "u" if addition.job.priority == "urgent" else "w" if addition.delay_seconds <= 0 else "n"
        while True:
            old = await self._redis.hget(keys.jobs, addition.job.id)  # type: ignore[misc]
            if old is None:
                if addition.update_only:
                    return False
                again = Call(self._enqueue, keys, ("", 0, *addition.arguments()))
                added, _, skipped, *_ = await run(self._redis, again)
                if added or skipped:
                    return bool(added)
                continue
            merged = _merged(old, addition)
            if merged is None:
                return True
            weight = "news" if addition.update_only else "hints"
            arguments = (addition.job.id, old, merged.dump(), place, weight)
            if await run(self._redis, Call(self._merge, keys, arguments)):
                return True

    async def set_state(self, shop_id: str, state: Literal["active", "paused"], reason: str = "") -> int:
        """A person's order; takes effect within a second wherever the shop is held. Returns the jobs in its lane."""
        moves = shop_moves("pause" if state == "paused" else "resume")
        reply = await run(self._redis, Call(self._state, self._keys(shop_id), (moves, reason, 0, "")))
        await self._redis.execute_command("PUBLISH", CONTROL_CHANNEL, shop_id)
        if state == "active" and reply[2]:
            await wake(self._redis, [(shop_id, 0.0)])
        return int(reply[2])

    async def park(self, shop_id: str, reason: str, seconds: float) -> None:
        """Stops a shop for so long, for a reason the platform told; a person's pause stays."""
        arguments = (shop_moves("park"), reason, int(seconds * 1000), "")
        await run(self._redis, Call(self._state, self._keys(shop_id), arguments))
        await self._redis.execute_command("PUBLISH", CONTROL_CHANNEL, shop_id)

    async def set_limit(self, shop_id: str, requests_per_second: float | None) -> None:
        """A ceiling a person sets over what the service discovers; None takes it away. ValueError unless above 0: to
        send nothing at all, pause the shop."""
        if requests_per_second is not None and not 0 < requests_per_second < math.inf:
            raise ValueError(f"a limit must be a number above 0, not {requests_per_second}")
        control = lane_keys(shop_id).control
        if requests_per_second is None:
            await self._redis.hdel(control, "limit")  # type: ignore[misc]
        else:
            await self._redis.hset(control, "limit", str(requests_per_second))  # type: ignore[misc]
        await self._redis.execute_command("PUBLISH", CONTROL_CHANNEL, shop_id)

    async def any_of_run(self, shop_id: str, run_id: str) -> bool:
        """Whether a job of the run waits or runs in this lane."""
        marked = b'"r":' + orjson.dumps(run_id)
        jobs, cursor = lane_keys(shop_id).jobs, 0
        while True:
            cursor, found = await self._redis.hscan(jobs, cursor, count=BATCH)
            if any(marked in payload for payload in found.values()):
                return True
            if not cursor:
                return False

    async def counts(self, shop_ids: Sequence[str]) -> list[dict[str, int]]:
        """For each shop how often each outcome came, and `queued`: the jobs in its lane."""
        counted = []
        for first in range(0, len(shop_ids), BATCH):
            keys = [lane_keys(shop_id) for shop_id in shop_ids[first : first + BATCH]]
            async with pipeline(self._redis) as pipe:
                for lane in keys:
                    pipe.hgetall(lane.counters)
                    pipe.hlen(lane.jobs)
                replies = await pipe.execute()
            for counters, queued in zip(replies[::2], replies[1::2], strict=True):
                entry = {name.decode(): int(number) for name, number in counters.items()}
                entry["queued"] = int(queued)
                counted.append(entry)
        return counted

    def _keys(self, shop_id: str) -> LaneKeys:
        return lane_keys(shop_id, own_outbox=self._own_outbox)


def _batches(additions: Iterable[EnqueueRequest], *, apart: bool) -> Iterator[tuple[str, list[EnqueueRequest]]]:
    """One call's worth each: of one shop, `BATCH` jobs at most, and never a part of an entry: it is taken whole or not.

    `apart`: each entry by itself.
    """
    by_shop: dict[str, list[EnqueueRequest]] = {}
    for addition in additions:
        by_shop.setdefault(addition.job.shop_id, []).append(addition)
    for shop_id, jobs in by_shop.items():
        batch: list[EnqueueRequest] = []
        for entry, of_entry in groupby(jobs, lambda addition: addition.entry):
            for part in [list(of_entry)] if entry else _parts(of_entry):
                if batch and (apart or len(batch) + len(part) > BATCH):
                    yield shop_id, batch
                    batch = []
                batch += part
        yield shop_id, batch


def _parts(additions: Iterable[EnqueueRequest]) -> Iterator[list[EnqueueRequest]]:
    left = iter(additions)
    while part := list(islice(left, BATCH)):
        yield part


def _merged(payload: bytes, addition: EnqueueRequest) -> Job | None:
    """None when the newer one has no say: a dry run, of a job in earnest.

    Of a payload that this version cannot read nothing can be kept.
    """
    newer = addition.job
    try:
        old = Job.load(newer.shop_id, newer.id, payload)
    except ValueError:
        return newer
    if newer.dry_run and not old.dry_run:
        return None
    return old.merged_with(newer, is_event=addition.update_only)
