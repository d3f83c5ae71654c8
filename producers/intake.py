"""Reads the intake stream: valid jobs go into their lanes, invalid ones to `relist:intake:rejected`.

An entry is acknowledged and deleted only after its jobs are in their lanes and its rejections are written. Entries
left unacknowledged by a gateway that died are claimed by the next one, which skips jobs that are already enqueued.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

import structlog
from prometheus_client import CollectorRegistry

from config.metrics.series import MetricSeries
from model.job import Job
from producers.feed_entry import BadJob, field_of, parse_entry
from producers.rejections import Rejection, Rejections
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.corrupt_lane import CorruptLane
from shop_queue.intake_stream import LARGEST_ENTRY, IntakeEntry, IntakeStream
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

log = structlog.get_logger("relist.intake")

READ_COUNT = 500
READ_BYTES = 1024 * 1024
"""Limit per read, so that memory depends on the size of the largest entry and not on the number of entries."""
BLOCK_MS = 1000
RECONNECT_SECONDS = 0.5
MAX_REJECTED = 2_000_000


class Intake:
    """Consumes the stream as `consumer`, a name unique to this process."""

    def __init__(
        self,
        redis: AnyRedis,
        consumer: str,
        registry: CollectorRegistry,
        rejected_maxlen: int = MAX_REJECTED,
        may_read: Callable[[], Awaitable[bool]] | None = None,
        on_enqueued: Callable[[Iterable[Job]], None] | None = None,
    ) -> None:
        """While `may_read` returns False, nothing is read. `on_enqueued` receives the jobs once they are in their
        lanes.
        """
        self._may_read, self._on_enqueued = may_read, on_enqueued
        series = MetricSeries(registry)
        self._stream = IntakeStream(redis, consumer)
        self._lanes, self._shops = LaneProducer(redis, "intake"), ShopRegistry(redis)
        self._jobs = series.counter("relist_intake_jobs_total")
        self._rejected_fields = series.counter("relist_intake_rejections_total")
        self._rejections = Rejections(redis, rejected_maxlen, series.counter("relist_intake_rejected_dropped_total"))

    async def run(self) -> None:
        """Consume the stream until cancelled. Reconnects when Redis is unavailable."""
        while True:
            try:
                await self.prepare()
                while True:
                    if self._may_read is None or await self._may_read():
                        await self.read()
                    else:
                        await asyncio.sleep(RECONNECT_SECONDS)
            except REDIS_UNAVAILABLE as error:
                log.warning("redis_unavailable", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def prepare(self) -> None:
        """Create the stream and group if needed; remove consumers of ended gateways. Raises RedisError."""
        await self._stream.ensure_group()
        await self._stream.remove_idle_consumers()

    async def read(self, block_ms: int = BLOCK_MS) -> int:
        """Process one batch of entries, abandoned ones first, and return its size.

        Waits up to `block_ms` for an entry. Raises RedisError, also when Redis is nearly full.
        """
        await self._lanes.require_memory()
        entries = await self._stream.read(READ_COUNT, READ_BYTES, block_ms)
        if entries:
            await self._accept(entries)
        return len(entries)

    async def _accept(self, entries: Sequence[IntakeEntry]) -> None:
        """Enqueue or reject the jobs of the entries, then acknowledge the entries. Raises only `REDIS_UNAVAILABLE`,
        whatever the entries hold.
        """
        try:
            await self._queue(entries)
        except CorruptLane as corrupt:
            if not await self._accept_separately(entries):
                log.error("lane_corrupted", shop_id=corrupt.shop_id, error=str(corrupt))
                await self._reject_entry(entries[0], f"entry: {corrupt}; feed it again after the keys are repaired")
        except REDIS_UNAVAILABLE:
            raise
        except Exception as error:
            if not await self._accept_separately(entries):
                log.exception("intake_entry_error", entry_id=entries[0].id.decode())
                name = type(error).__name__
                await self._reject_entry(entries[0], f"entry: internal error while queueing ({name})")

    async def _accept_separately(self, entries: Sequence[IntakeEntry]) -> bool:
        """Retry each entry on its own, so that one bad entry does not block the others.

        Returns False if there is only one entry.
        """
        if len(entries) == 1:
            return False
        for entry in entries:
            await self._accept([replace(entry, read_before=True)])
        return True

    async def _reject_entry(self, entry: IntakeEntry, problem: str) -> None:
        await self._reject([Rejection(entry, (problem,))])
        await self._acknowledge([entry])

    async def _queue(self, entries: Sequence[IntakeEntry]) -> None:
        parsed = [(entry, _parsed(entry)) for entry in entries]
        known = await self._shops.known_of(
            {each.job.shop_id for _, jobs in parsed for each in jobs if isinstance(each, EnqueueRequest)}
        )
        requests: list[EnqueueRequest] = []
        rejections: list[Rejection] = []
        for entry, jobs in parsed:
            problems = []
            for index, each in enumerate(jobs):
                if isinstance(each, BadJob):
                    problems.append(str(each))
                elif each.job.shop_id not in known:
                    where = f"jobs[{index}]." if len(jobs) > 1 else ""
                    unknown = f"shop {each.job.shop_id} is not known; connect it with `relist shops connect`"
                    problems.append(f"{where}shop_id: {unknown}")
                else:
                    requests.append(replace(each, entry=entry.id.decode()))
            if problems:
                rejections.append(Rejection(entry, tuple(problems)))
        redelivered = {entry.id.decode() for entry in entries if entry.read_before}
        for read_before in (False, True):
            batch = [request for request in requests if (request.entry in redelivered) == read_before]
            if batch:
                done = await self._lanes.enqueue(batch, read_before=read_before)
                self._jobs.labels("added").inc(done.added)
                self._jobs.labels("merged").inc(done.merged)
                if self._on_enqueued is not None:
                    self._on_enqueued(request.job for request in batch)
        if rejections:
            await self._reject(rejections)
        await self._acknowledge(entries)
        await self._lanes.acknowledged(requests)

    async def _reject(self, rejections: Sequence[Rejection]) -> None:
        await self._rejections.keep(rejections)
        count = sum(len(each.problems) for each in rejections)
        self._jobs.labels("rejected").inc(count)
        for rejection in rejections:
            for problem in rejection.problems:
                self._rejected_fields.labels(field_of(problem)).inc()
        first = rejections[0]
        log.warning("intake_rejected", count=count, entry_id=first.entry.id.decode(), error=first.problems[0])

    async def _acknowledge(self, entries: Sequence[IntakeEntry]) -> None:
        """Acknowledge and delete the entries."""
        await self._stream.acknowledge([entry.id for entry in entries])


def _parsed(entry: IntakeEntry) -> Sequence[EnqueueRequest | BadJob]:
    if entry.oversized_bytes:
        return [
            BadJob(
                f"entry: {entry.oversized_bytes:,} bytes, at most {LARGEST_ENTRY:,}; it was dropped unread and only the"
                " start of its fields is kept here; feed fewer jobs per entry"
            )
        ]
    try:
        return parse_entry(entry.fields)
    except BadJob as problem:
        return [problem]
