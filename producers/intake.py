"""Reads the intake stream: good jobs into their lanes, bad ones to `relist:intake:rejected`; nothing is lost.

An entry is acknowledged, and then deleted, only after its jobs are in their lanes and its rejections are written; what
a gateway left unacknowledged when it died, the next one claims, and puts into lanes only what the other had not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog
from prometheus_client import CollectorRegistry

from config.metrics.series import MetricSeries
from producers.feed_entry import BadJob, parse_entry
from producers.rejections import Rejection, Rejections
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.corrupt_lane import CorruptLane
from shop_queue.intake_stream import LARGEST_ENTRY, IntakeEntry, IntakeStream
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

log = structlog.get_logger("relist.intake")

READ_COUNT = 500
READ_BYTES = 1024 * 1024
"""At a time, so that memory depends on the largest entry and not on their number."""
BLOCK_MS = 1000
RECONNECT_SECONDS = 0.5
MOST_REJECTED = 2_000_000


class Intake:
    def __init__(
        self,
        redis: AnyRedis,
        consumer: str,
        registry: CollectorRegistry,
        rejected_maxlen: int = MOST_REJECTED,
        may_read: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """While `may_read` returns False, nothing is read."""
        self._may_read = may_read
        series = MetricSeries(registry)
        self._stream = IntakeStream(redis, consumer)
        self._lanes, self._shops = LaneProducer(redis, "intake"), ShopRegistry(redis)
        self._jobs = series.counter("relist_intake_jobs_total")
        self._rejections = Rejections(redis, rejected_maxlen, series.counter("relist_intake_rejected_dropped_total"))

    async def run(self) -> None:
        """Until cancelled; outlives Redis."""
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
        """Creates the stream and its consumer group if they do not exist; removes consumers of ended gateways."""
        await self._stream.ensure_group()
        await self._stream.remove_idle_consumers()

    async def read(self, block_ms: int = BLOCK_MS) -> int:
        """One batch of entries, abandoned ones first; how many. Waits for one when there is none."""
        await self._lanes.require_memory()
        entries = await self._stream.read(READ_COUNT, READ_BYTES, block_ms)
        if entries:
            await self._accept(entries)
        return len(entries)

    async def _accept(self, entries: Sequence[IntakeEntry]) -> None:
        """Raises what is in `REDIS_UNAVAILABLE`, but no CorruptLane; nothing else, whatever the entries hold."""
        try:
            await self._queue(entries)
        except CorruptLane as broken:
            if not await self._one_by_one(entries):
                log.error("lane_corrupted", shop_id=broken.shop_id, error=str(broken))
                await self._put_aside(entries[0], f"entry: {broken}; feed it again when they are mended")
        except REDIS_UNAVAILABLE:
            raise
        except Exception as error:
            if not await self._one_by_one(entries):
                log.exception("intake_entry_error", entry_id=entries[0].id.decode())
                name = type(error).__name__
                await self._put_aside(
                    entries[0], f"entry: it can not be queued ({name}); this is a mistake of the service"
                )

    async def _one_by_one(self, entries: Sequence[IntakeEntry]) -> bool:
        """What one entry has found must not stop the feed: each by itself. False when there is only one."""
        if len(entries) == 1:
            return False
        for entry in entries:
            await self._accept([replace(entry, read_before=True)])
        return True

    async def _put_aside(self, entry: IntakeEntry, problem: str) -> None:
        await self._reject([Rejection(entry, (problem,))])
        await self._acknowledge([entry])

    async def _queue(self, entries: Sequence[IntakeEntry]) -> None:
        parsed = [(entry, _parsed(entry)) for entry in entries]
        known = await self._shops.known_of(
            {each.job.shop_id for _, jobs in parsed for each in jobs if isinstance(each, EnqueueRequest)}
        )
        additions: list[EnqueueRequest] = []
        rejections: list[Rejection] = []
        for entry, jobs in parsed:
            problems = []
            for index, each in enumerate(jobs):
                if isinstance(each, BadJob):
                    problems.append(str(each))
                elif each.job.shop_id not in known:
                    where = f"jobs[{index}]." if len(jobs) > 1 else ""
                    unknown = f"shop {each.job.shop_id} is not known, add it with `relist shops add`"
                    problems.append(f"{where}shop_id: {unknown}")
                else:
                    additions.append(replace(each, entry=entry.id.decode()))
            if problems:
                rejections.append(Rejection(entry, tuple(problems)))
        again = {entry.id.decode() for entry in entries if entry.read_before}
        for read_before in (False, True):
            taken = [addition for addition in additions if (addition.entry in again) == read_before]
            if taken:
                done = await self._lanes.enqueue(taken, read_before=read_before)
                self._jobs.labels("added").inc(done.added)
                self._jobs.labels("merged").inc(done.merged)
        if rejections:
            await self._reject(rejections)
        await self._acknowledge(entries)
        await self._lanes.acknowledged(additions)

    async def _reject(self, rejections: Sequence[Rejection]) -> None:
        await self._rejections.keep(rejections)
        count = sum(len(each.problems) for each in rejections)
        self._jobs.labels("rejected").inc(count)
        first = rejections[0]
        log.warning("intake_rejected", count=count, entry_id=first.entry.id.decode(), error=first.problems[0])

    async def _acknowledge(self, entries: Sequence[IntakeEntry]) -> None:
        """Deleted too, or the stream would hold everything ever fed."""
        await self._stream.acknowledge([entry.id for entry in entries])


def _parsed(entry: IntakeEntry) -> Sequence[EnqueueRequest | BadJob]:
    if entry.oversized_bytes:
        return [
            BadJob(
                f"entry: {entry.oversized_bytes:,} bytes, at most {LARGEST_ENTRY:,}; it was dropped unread and only the"
                " start of its fields is kept here; feed fewer jobs in an entry"
            )
        ]
    try:
        return parse_entry(entry.fields)
    except BadJob as problem:
        return [problem]
