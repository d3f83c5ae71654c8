"""Ends the queued jobs of a run or of a whole shop. Jobs in flight finish, and audits of accepted edits continue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from model.job import Job
from model.outcome import Outcome, Reason
from redis_client.connect import AnyRedis, is_cluster
from redis_client.scripts import ScriptCall, load_script, run
from shop_queue.keys import cancelled_key, lane_keys
from shop_queue.outcome_relay import OutcomeRelay

BATCH = 500
"""Maximum number of jobs ended by one call of the script, so that it takes a few milliseconds."""
NEVER_CANCELLED = ("audit", "canary")
"""An audit job follows an edit that the platform has accepted."""
MARK_SECONDS = 3600
"""Seconds for which running searches find the cancellation, unless it is lifted."""
LOOK_SECONDS = 0.2
CANCELLED = Outcome(
    "failed", reasons=(Reason("cancelled", "An operator cancelled it before it ran; nothing was sent.", "operator"),)
)


@dataclass(frozen=True, slots=True)
class Cancelled:
    ended: int
    """Jobs that were waiting or delayed."""
    in_flight: int
    """Jobs that a worker was still running at the end; a retry of them is not cancelled."""


class Cancellation:
    def __init__(self, redis: AnyRedis, outcomes_maxlen: int = 1_000_000) -> None:
        self._redis, self._maxlen = redis, outcomes_maxlen
        self._script = load_script("shop_queue", "cancel")
        self._own_outbox = is_cluster(redis)

    async def cancel(self, shop_id: str, run_id: str, now: datetime, wait_seconds: float) -> Cancelled:
        """Ends a shop's queued jobs of a run, or all of them if `run_id` is empty.

        A running job may return as a retry or the next step of a search; that is ended too if it returns within
        `wait_seconds`. Searches stop at their next step. Raises one of REDIS_UNAVAILABLE; repeating is safe.
        """
        key = cancelled_key(shop_id, run_id)
        await self._redis.set(key, 1, ex=MARK_SECONDS)
        loop = asyncio.get_running_loop()
        ends, ended = loop.time() + wait_seconds, 0
        while True:
            just_ended, in_flight, missed = await self._pass(shop_id, run_id, now)
            ended += just_ended
            if not in_flight and not just_ended and not missed:
                # No job of the run is left, so a later run with this ID may begin.
                await self._redis.delete(key)
                break
            if loop.time() >= ends and not just_ended and not missed:
                break
            if in_flight:
                await asyncio.sleep(LOOK_SECONDS)
        await self._trim(shop_id)
        await OutcomeRelay(self._redis, self._maxlen).relay([shop_id])
        return Cancelled(ended, in_flight)

    async def cancel_in_shops(
        self, shop_ids: Sequence[str], run_id: str, now: datetime, wait_seconds: float
    ) -> Cancelled:
        """Like `cancel`, for one shop after the other. Raises one of REDIS_UNAVAILABLE; repeating is safe."""
        ended = in_flight = 0
        for shop_id in shop_ids:
            done = await self.cancel(shop_id, run_id, now, wait_seconds)
            ended, in_flight = ended + done.ended, in_flight + done.in_flight
        return Cancelled(ended, in_flight)

    async def count(self, shop_ids: Sequence[str], run_id: str) -> int:
        """The jobs that `cancel_in_shops` would end or wait for now. Raises one of REDIS_UNAVAILABLE."""
        jobs = 0
        for shop_id in shop_ids:
            cursor = 0
            while True:
                cursor, found = await self._redis.hscan(lane_keys(shop_id).jobs, cursor, count=BATCH)
                jobs += sum(len(batch) for batch in _batches(shop_id, run_id, found))
                if not cursor:
                    break
        return jobs

    async def withdraw(self, shop_id: str, product_ids: Sequence[str], now: datetime) -> Cancelled:
        """Ends the waiting relist jobs of these products; a product that was blocked before is blocked again.

        Jobs in flight continue and are counted. Raises one of REDIS_UNAVAILABLE; repeating is safe.
        """
        ended = in_flight = 0
        for first in range(0, len(product_ids), BATCH):
            ids = list(product_ids[first : first + BATCH])
            payloads = await self._redis.execute_command("HMGET", lane_keys(shop_id).jobs, *ids)
            arguments: list[str | bytes | int] = [self._maxlen, BATCH]
            waiting = [(name, payload) for name, payload in zip(ids, payloads, strict=True) if payload is not None]
            for name, payload in waiting:
                job = Job.load(shop_id, name, payload)
                arguments += [name, payload, orjson.dumps(_record(job, now))]
            done = int((await self._call(shop_id, arguments))[0]) if waiting else 0
            ended, in_flight = ended + done, in_flight + len(waiting) - done
        await OutcomeRelay(self._redis, self._maxlen).relay([shop_id])
        return Cancelled(ended, in_flight)

    async def _pass(self, shop_id: str, run_id: str, now: datetime) -> tuple[int, int, int]:
        """Returns the numbers of jobs ended, of the run's jobs in flight, and of those that changed during the pass."""
        jobs, cursor, ended, in_flight, missed = lane_keys(shop_id).jobs, 0, 0, 0, 0
        while True:
            cursor, found = await self._redis.hscan(jobs, cursor, count=BATCH)
            for batch in _batches(shop_id, run_id, found):
                arguments: list[str | bytes | int] = [self._maxlen, BATCH]
                for job, payload in batch:
                    arguments += [job.id, payload, orjson.dumps(_record(job, now))]
                done = int((await self._call(shop_id, arguments))[0])
                ended += done
                if done < len(batch):
                    running = await self._in_flight(shop_id, [job.id for job, _ in batch])
                    in_flight += running
                    # A job that was in flight a moment ago may have returned as a retry.
                    missed += max(0, len(batch) - done - running)
            if not cursor:
                return ended, in_flight, missed

    async def _in_flight(self, shop_id: str, ids: list[str]) -> int:
        scores = await self._redis.execute_command("ZMSCORE", lane_keys(shop_id).inflight, *ids)
        return sum(score is not None for score in scores)

    async def _trim(self, shop_id: str) -> None:
        while int((await self._call(shop_id, [self._maxlen, BATCH]))[1]):
            pass

    async def _call(self, shop_id: str, arguments: list[str | bytes | int]) -> list[int]:
        keys = lane_keys(shop_id, own_outbox=self._own_outbox)
        reply: list[int] = await run(self._redis, ScriptCall(self._script, keys, arguments))
        return reply


async def is_cancelled(redis: AnyRedis, shop_id: str, run_id: str, *, alone: bool = False) -> bool:
    """Whether an operator is cancelling this run, or the whole shop. Raises one of REDIS_UNAVAILABLE.

    `alone`: considers only the run. An undo begins while the rest of the shop is being cancelled.
    """
    keys = {cancelled_key(shop_id, run_id)} | (set() if alone else {cancelled_key(shop_id, "")})
    return bool(await redis.exists(*sorted(keys)))


def _batches(shop_id: str, run_id: str, found: dict[bytes, bytes]) -> Iterator[list[tuple[Job, bytes]]]:
    """Yields the jobs to end, at most BATCH at a time: a scan returns a small hash as a whole."""
    marked = b'"r":' + orjson.dumps(run_id)
    batch: list[tuple[Job, bytes]] = []
    for name, payload in found.items():
        if run_id and marked not in payload:
            continue
        try:
            job = Job.load(shop_id, name.decode(), payload)
        except ValueError:
            continue  # A newer release's job: only that release can read its run.
        if job.kind in NEVER_CANCELLED or (run_id and job.run_id != run_id):
            continue
        batch.append((job, payload))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _record(job: Job, now: datetime) -> dict[str, object]:
    return CANCELLED.record(
        shop_id=job.shop_id,
        product_id=job.product_id or job.external_id,
        run_id=job.run_id,
        trace_id=job.trace_id,
        kind=job.kind,
        attempts=job.attempts,
        at=now,
    )
