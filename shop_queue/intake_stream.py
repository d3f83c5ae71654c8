"""The streams through which other systems feed jobs: `relist:intake`, and `relist:intake:rejected` for bad entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis.exceptions import ResponseError

from redis_client.connect import AnyRedis
from redis_client.scripts import Call, load_script, pipeline, run
from shop_queue.keys import INTAKE
from shop_queue.keys import INTAKE_REJECTED as INTAKE_REJECTED

GROUP = "relist"
ABANDONED_MS = 30_000
"""An entry that a gateway read and did not acknowledge for this long is read again by another."""


@dataclass(frozen=True, slots=True)
class IntakeEntry:
    id: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    """Names may repeat."""
    read_before: bool = False
    """Another gateway read the entry and did not acknowledge it; it may have enqueued the jobs before it died."""

    @property
    def size(self) -> int:
        """Bytes of all names and values."""
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
        """The next entries, abandoned ones first; only the last may exceed `most_bytes`. Waits for one."""
        limits = (ABANDONED_MS, most_entries, most_bytes)
        found = await run(self._redis, Call(self._script, (INTAKE,), (GROUP, self._consumer, *limits)))
        if found:
            return [
                IntakeEntry(entry_id, tuple(zip(flat[::2], flat[1::2], strict=True)), bool(was_abandoned))
                for entry_id, flat, was_abandoned in found
            ]
        reply = await self._redis.xreadgroup(GROUP, self._consumer, {INTAKE: ">"}, count=1, block=block_ms)
        return [IntakeEntry(entry_id, tuple(fields.items())) for _, few in reply for entry_id, fields in few]

    async def acknowledge(self, entry_ids: Sequence[bytes]) -> None:
        """Deletes the entries too, or the stream would keep everything ever fed."""
        await self._redis.execute_command("XACK", INTAKE, GROUP, *entry_ids)
        await self._redis.execute_command("XDEL", INTAKE, *entry_ids)


class RejectedEntries:
    """Appends to the stream of rejected entries, which keeps about the last `maxlen`."""

    def __init__(self, redis: AnyRedis, maxlen: int) -> None:
        self._redis, self._maxlen = redis, maxlen

    async def append(self, rows: Sequence[Sequence[str | bytes]]) -> tuple[int, int]:
        """Each row is a flat list of names and values. Returns the number of old entries dropped, and of those kept."""
        async with pipeline(self._redis) as pipe:
            pipe.execute_command("XLEN", INTAKE_REJECTED)
            for row in rows:
                pipe.execute_command("XADD", INTAKE_REJECTED, "MAXLEN", "~", self._maxlen, "*", *row)
            pipe.execute_command("XLEN", INTAKE_REJECTED)
            before, *_, after = await pipe.execute()
        return max(0, before + len(rows) - after), after


async def count_rejected(redis: AnyRedis) -> int:
    return int(await redis.execute_command("XLEN", INTAKE_REJECTED))


async def read_feed_stats(redis: AnyRedis) -> FeedStats:
    lag = pending = 0
    if await redis.exists(INTAKE):
        for group in await redis.xinfo_groups(INTAKE):
            lag, pending = int(group.get("lag") or 0), int(group["pending"])
    return FeedStats(lag, pending, await count_rejected(redis))
