"""The streams through which other systems feed jobs: `relist:intake`, and `relist:intake:rejected` for bad entries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from redis.exceptions import ResponseError

from redis_client.connect import AnyRedis
from redis_client.scripts import ScriptCall, load_script, pipeline, run
from shop_queue.keys import INTAKE
from shop_queue.keys import INTAKE_REJECTED as INTAKE_REJECTED
from shop_queue.stream_limits import limit_bytes

GROUP = "relist"
ABANDONED_MS = 30_000
"""An entry that a gateway read but has not acknowledged for this long is read again by another."""
LARGEST_ENTRY = 8 * 1024 * 1024
"""Largest entry, in bytes of names and values. A larger entry's content never leaves Redis; it is rejected by its ID.
"""
POLL_SECONDS = 0.02
"""A blocking read would deliver an entry of any size, so an idle stream is polled."""
REJECTED_BYTES = 64 * 1024 * 1024
IDLE_CONSUMER_MS = 3_600_000
"""Consumers without pending entries that were idle for this long belong to gateways that ended."""


@dataclass(frozen=True, slots=True)
class IntakeEntry:
    id: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    """Names may repeat."""
    read_before: bool = False
    """Another gateway read the entry but did not acknowledge it; it may have enqueued the jobs before it died."""

    oversized_bytes: int = 0
    """Size of an entry larger than `LARGEST_ENTRY`, whose `fields` are only a sample; 0 for other entries."""

    @property
    def size(self) -> int:
        """Bytes of the names and values in `fields`."""
        return sum(len(name) + len(value) for name, value in self.fields)


@dataclass(frozen=True, slots=True)
class FeedStats:
    lag: int
    """Entries not read yet."""
    pending: int
    """Entries read and not acknowledged."""
    rejected: int
    """Entries in the stream of rejected ones."""


class IntakeStream:
    """Reads entries as one consumer of the group; entries are delivered again until they are acknowledged."""

    def __init__(self, redis: AnyRedis, consumer: str) -> None:
        self._redis, self._consumer = redis, consumer
        self._script = load_script("shop_queue", "read_intake")

    async def ensure_group(self) -> None:
        try:
            await self._redis.execute_command("XGROUP", "CREATE", INTAKE, GROUP, "0", "MKSTREAM")
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def read(self, most_entries: int, most_bytes: int, block_ms: int) -> list[IntakeEntry]:
        """The next entries, abandoned ones first; only the last may exceed `most_bytes`.

        Waits up to `block_ms` for an entry.
        """
        limits = (ABANDONED_MS, most_entries, most_bytes, LARGEST_ENTRY)
        call = ScriptCall(self._script, (INTAKE,), (GROUP, self._consumer, *limits))
        until = time.monotonic() + block_ms / 1000
        while not (found := await run(self._redis, call)) and time.monotonic() < until:
            await asyncio.sleep(POLL_SECONDS)
        return [
            IntakeEntry(
                entry_id,
                tuple(zip(flat[::2], flat[1::2], strict=True)),
                bool(was_abandoned),
                size if size > LARGEST_ENTRY else 0,
            )
            for entry_id, flat, was_abandoned, size in found
        ]

    async def remove_idle_consumers(self) -> int:
        """Removes the consumers of ended gateways; consumers with pending entries stay until those are reclaimed."""
        removed = 0
        for consumer in await self._redis.xinfo_consumers(INTAKE, GROUP):
            if not consumer["pending"] and consumer["idle"] > IDLE_CONSUMER_MS:
                await self._redis.execute_command("XGROUP", "DELCONSUMER", INTAKE, GROUP, consumer["name"])
                removed += 1
        return removed

    async def acknowledge(self, entry_ids: Sequence[bytes]) -> None:
        """Also deletes the entries; otherwise the stream would keep everything ever fed."""
        # In this order: if the connection is lost in between, XAUTOCLAIM drops deleted entries that are still pending,
        # but nothing would ever delete an entry that was acknowledged but not deleted.
        await self._redis.execute_command("XDEL", INTAKE, *entry_ids)
        await self._redis.execute_command("XACK", INTAKE, GROUP, *entry_ids)


class RejectedEntries:
    """Appends to the stream of rejected entries, which keeps about the last `maxlen`, and at most `max_bytes`."""

    def __init__(self, redis: AnyRedis, maxlen: int, max_bytes: int = REJECTED_BYTES) -> None:
        self._redis, self._maxlen, self._max_bytes = redis, maxlen, max_bytes

    async def append(self, rows: Sequence[Sequence[str | bytes]]) -> tuple[int, int]:
        """Each row is a flat list of names and values. Returns the number of old entries dropped, and of those kept."""
        async with pipeline(self._redis) as pipe:
            pipe.execute_command("XLEN", INTAKE_REJECTED)
            for row in rows:
                pipe.execute_command("XADD", INTAKE_REJECTED, "MAXLEN", "~", self._maxlen, "*", *row)
            before, *_ = await pipe.execute()
        after = await limit_bytes(self._redis, INTAKE_REJECTED, self._max_bytes)
        return max(0, before + len(rows) - after), after


async def count_rejected(redis: AnyRedis) -> int:
    return int(await redis.execute_command("XLEN", INTAKE_REJECTED))


async def read_feed_stats(redis: AnyRedis) -> FeedStats:
    lag = pending = 0
    if await redis.exists(INTAKE):
        for group in await redis.xinfo_groups(INTAKE):
            lag, pending = int(group.get("lag") or 0), int(group["pending"])
    return FeedStats(lag, pending, await count_rejected(redis))
