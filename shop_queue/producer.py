"""The producers' side of a lane: enqueue jobs, each id once, and change a shop's state or limit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from model.job import DRY_RUN_FIELD, Job
from redis_client.connect import AnyRedis, is_cluster
from redis_client.memory import MemoryReserve, NoMemoryLeft
from redis_client.scripts import ScriptCall, load_script, pipeline, run, run_many
from shop_queue.batches import BATCH, batches_of, parts_of
from shop_queue.corrupt_lane import CorruptLane, is_lane_corruption
from shop_queue.enqueue_request import EnqueueRequest as EnqueueRequest
from shop_queue.keys import CONTROL_CHANNEL, ENQUEUED, READY_KEYS, LaneKeys, lane_keys
from shop_queue.leases import wake
from shop_queue.states import shop_transitions


@dataclass(frozen=True, slots=True)
class Enqueued:
    added: int = 0
    merged: int = 0
    skipped: int = 0


class LaneProducer:
    def __init__(self, redis: AnyRedis, producer: str = "") -> None:
        """Jobs are counted under the name `producer`; without it they are not counted."""
        self._redis = redis
        self._producer = producer
        self._own_outbox = is_cluster(redis)
        self._memory = MemoryReserve(redis)
        self._enqueue = load_script("shop_queue", "enqueue")
        self._merge = load_script("shop_queue", "merge")
        self._state = load_script("shop_queue", "state")

    async def require_memory(self) -> None:
        """Raises NoMemoryLeft if only the reserve for finishing work is left in Redis."""
        await self._memory.require()

    async def enqueue(
        self, requests: Iterable[EnqueueRequest], *, read_before: bool = False, use_reserve: bool = False
    ) -> Enqueued:
        """Adds each job once; a job that already waits or runs takes the newer one's hints instead.

        Jobs of an intake entry leave a marker in their lane until `acknowledged`. If the entry comes again, because its
        gateway crashed (`read_before`) or a reply was lost, its jobs are skipped, even if they have since finished.
        Redis must have more free memory than its reserve, unless all requests are updates or `use_reserve` is set.
        Raises NoMemoryLeft, another of REDIS_UNAVAILABLE, or CorruptLane. Jobs added before the error stay in their
        lanes; repeating the call is safe.
        """
        batches = list(batches_of(requests, one_entry_each=read_before))
        adds = any(not request.update_only for _, batch in batches for request in batch)
        calls = []
        # One call announces its own work. Each of many calls would publish a message.
        announces = len(batches) == 1 and not self._own_outbox
        for shop_id, batch in batches:
            entries = " ".join(sorted({request.entry for request in batch} - {""}))
            parts = [part for request in batch for part in request.arguments()]
            keys = (*self._keys(shop_id), *READY_KEYS) if announces else self._keys(shop_id)
            calls.append(ScriptCall(self._enqueue, keys, [entries, DRY_RUN_FIELD, *parts]))
        added = merged = skipped = 0
        due: dict[str, float] = {}
        error: Exception | None = None
        replies = await self._run(calls, has_reserve=use_reserve or not adds)
        for (shop_id, batch), reply in zip(batches, replies, strict=True):
            if isinstance(reply, Exception):
                # An unavailable server may recover, so it takes precedence over a corrupt lane.
                error = (error or CorruptLane(shop_id, reply)) if is_lane_corruption(reply) else reply
                continue
            added, merged, skipped = added + reply[0], merged + reply[1], skipped + reply[2]
            if reply[4] >= 0 and not announces:
                due[shop_id] = min(due.get(shop_id, float("inf")), reply[4] / 1000)
            for number in reply[5:]:
                if await self._merge_into(batch[number - 1]):
                    merged += 1
                    due[shop_id] = 0.0
        await wake(self._redis, due.items())
        if error is not None:
            raise error
        if self._producer and batches:
            await self._count(request.job.kind for _, batch in batches for request in batch)
        return Enqueued(added, merged, skipped)

    async def _run(self, calls: Sequence[ScriptCall], *, has_reserve: bool) -> list[Any]:
        """Replies or exceptions. Calls for which Redis has no memory left return NoMemoryLeft."""
        replies: list[Any] = []
        for size, part in parts_of(calls):
            if not has_reserve:
                try:
                    await self._memory.require(size)
                except NoMemoryLeft as refused:
                    return replies + [refused] * (len(calls) - len(replies))
            replies += await run_many(self._redis, part)
        return replies

    async def acknowledged(self, requests: Iterable[EnqueueRequest]) -> None:
        """Removes the markers of intake entries that will not be delivered again."""
        entries = {(request.job.shop_id, request.entry) for request in requests if request.entry}
        async with pipeline(self._redis) as pipe:
            for shop_id, entry in entries:
                pipe.hdel(self._keys(shop_id).accepted, entry)
            await pipe.execute()

    async def _count(self, kinds: Iterable[str]) -> None:
        async with pipeline(self._redis) as pipe:
            for kind, number in Counter(kinds).items():
                pipe.hincrby(ENQUEUED, f"{self._producer}|{kind}", number)
            await pipe.execute()

    async def _merge_into(self, request: EnqueueRequest) -> bool:
        """Reads the stored job, merges, and replaces it unless it has changed in the meantime. False if nothing is
        queued.
        """
        keys = self._keys(request.job.shop_id)
        place = "u" if request.job.priority == "urgent" else "w" if request.delay_seconds <= 0 else "n"
        while True:
            old = await self._redis.hget(keys.jobs, request.job.id)  # type: ignore[misc]
            if old is None:
                if request.update_only:
                    return False
                again = ScriptCall(self._enqueue, keys, ("", DRY_RUN_FIELD, *request.arguments()))
                added, _, skipped, *_ = await run(self._redis, again)
                if added or skipped:
                    return bool(added)
                continue
            merged = _merged(old, request)
            if merged is None:
                return True
            cause = _cause(request)
            args = (request.job.id, old, merged.dump(), place, cause, DRY_RUN_FIELD)
            if await run(self._redis, ScriptCall(self._merge, keys, args)):
                return True

    async def set_state(self, shop_id: str, state: Literal["active", "paused"], reason: str = "") -> int:
        """Pauses or resumes a shop; a worker that holds it reacts within a second. Returns the jobs in its lane."""
        transitions = shop_transitions("pause" if state == "paused" else "resume")
        reply = await run(self._redis, ScriptCall(self._state, self._keys(shop_id), (transitions, reason, 0, "")))
        await self._redis.execute_command("PUBLISH", CONTROL_CHANNEL, shop_id)
        if state == "active" and reply[2]:
            await wake(self._redis, [(shop_id, 0.0)])
        return int(reply[2])

    async def park(self, shop_id: str, reason: str, seconds: float) -> None:
        """Parks a shop for this long for a reason the platform reported. A paused shop stays paused."""
        args = (shop_transitions("park"), reason, int(seconds * 1000), "")
        await run(self._redis, ScriptCall(self._state, self._keys(shop_id), args))
        await self._redis.execute_command("PUBLISH", CONTROL_CHANNEL, shop_id)

    async def set_limit(self, shop_id: str, requests_per_second: float | None) -> None:
        """Sets an upper bound on the rate the service discovers; None removes it.

        Raises ValueError unless it is above 0: to send nothing at all, pause the shop.
        """
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
        """Per shop: its outcome counters, and `queued`, the number of jobs in its lane."""
        counted = []
        for first in range(0, len(shop_ids), BATCH):
            lanes = [lane_keys(shop_id) for shop_id in shop_ids[first : first + BATCH]]
            async with pipeline(self._redis) as pipe:
                for lane in lanes:
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


def _cause(request: EnqueueRequest) -> str:
    """Why the request changes an existing job, as lua/merge.lua names it."""
    if not request.update_only:
        return "hints"
    return "event" if request.job.has_hints else "wake"


def _merged(payload: bytes, request: EnqueueRequest) -> Job | None:
    """None if the newer job changes nothing, as a dry run that meets a real job does.

    The newer job replaces a payload that this version cannot read.
    """
    newer = request.job
    try:
        old = Job.load(newer.shop_id, newer.id, payload)
    except ValueError:
        return newer
    if newer.dry_run and not old.dry_run:
        return None
    return old.merged_with(newer, is_event=request.update_only)
