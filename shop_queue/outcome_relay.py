"""On a Redis Cluster: copies outcomes from each shop's outbox to `relist:outcomes`.

A shop's transaction cannot reach the outcome stream, which is on another slot, so it appends to an outbox on its own
slot. The transaction that appends outcomes also records how far each shop was copied. So nothing is lost or
published twice, and each shop's outcomes keep their order, however many workers relay.

A relayed entry stays in the outbox for a while. If the server of the outcome stream fails over and loses its last
writes, it also loses that record, and the next relay copies them again (docs/decisions/0021).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis, is_cluster
from redis_client.scripts import ScriptCall, load_script, run
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.keys import OUTCOMES, RELAYED, lane_keys

log = structlog.get_logger("relist.relay")

BATCH_ENTRIES = 500
GATHER_SECONDS = 0.02
RECONNECT_SECONDS = 0.5
KEPT_SECONDS = 30.0
"""A relayed entry stays in the outbox for at least this long. An isolated primary accepts writes, which are lost, for
up to the cluster-node-timeout (15 s by default).
"""
Entry = tuple[bytes, dict[bytes, bytes]]


class OutcomeRelay:
    """`note()` does no I/O; `run()` relays the marked shops. On a single server both do nothing."""

    def __init__(self, redis: AnyRedis, outcomes_maxlen: int) -> None:
        self._redis, self._maxlen = redis, outcomes_maxlen
        self._script = load_script("shop_queue", "relay")
        self._noted: set[str] = set()
        self._has_noted = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._needed = is_cluster(redis)

    def note(self, shop_id: str) -> None:
        """Marks a shop whose outbox may have entries."""
        if self._needed:
            self._noted.add(shop_id)
            self._has_noted.set()

    async def run(self) -> None:
        """Relays until cancelled; survives Redis outages."""
        while True:
            await self._has_noted.wait()
            await asyncio.sleep(GATHER_SECONDS)
            try:
                await self.flush()
            except REDIS_UNAVAILABLE:
                await asyncio.sleep(RECONNECT_SECONDS)

    async def flush(self) -> None:
        """Relays all marked shops. Raises one of REDIS_UNAVAILABLE and keeps the remaining shops marked.

        It returns only after relays begun by other tasks have ended, so that a stopping worker can wait for its last
        outcomes.
        """
        async with self._flushing:
            await self._flush()

    async def _flush(self) -> None:
        self._has_noted.clear()
        unavailable: Exception | None = None
        for shop_id in list(self._noted):
            self._noted.discard(shop_id)
            try:
                await self.relay([shop_id])
            except REDIS_UNAVAILABLE as error:
                if is_lane_corruption(error):
                    log.error("lane_corrupted", shop_id=shop_id, error=str(error))
                    continue
                # One server may be unavailable alone; the outcomes of the other shops need not wait for it.
                unavailable = error
                self._noted.add(shop_id)
            except asyncio.CancelledError:
                self._noted.add(shop_id)
                raise
        if unavailable is not None:
            self._has_noted.set()
            raise unavailable

    async def relay(self, shop_ids: Iterable[str]) -> int:
        """Relays the outboxes of these shops. Returns the number of new outcomes. Raises one of REDIS_UNAVAILABLE."""
        if not self._needed:
            return 0
        return sum([await self._relay_shop(shop_id) for shop_id in shop_ids])

    async def _relay_shop(self, shop_id: str) -> int:
        outbox, added, previous = lane_keys(shop_id, own_outbox=True).outbox, 0, await self._last_relayed(shop_id)
        while True:
            entries = await self._entries_after(outbox, previous)
            if entries is None:
                # The outbox was trimmed, or its server has lost this entry and may have issued lower ids since.
                previous, entries = "", await self._redis.xrange(outbox, count=BATCH_ENTRIES)
                if not entries:
                    return added
            reply = await run(
                self._redis, ScriptCall(self._script, (OUTCOMES, RELAYED), self._args(shop_id, previous, entries))
            )
            if reply[0] == b"GAP":
                previous = await self._last_relayed(shop_id)
                continue
            added += int(reply[1])
            previous = entries[-1][0].decode() if entries else previous
            if reply[2]:
                # The empty stream is kept: its last id must never be issued again.
                last = min(_numbers(reply[2].decode()), _numbers(previous))
                await self._redis.execute_command("XTRIM", outbox, "MINID", f"{last[0]}-{last[1] + 1}")
            if len(entries) < BATCH_ENTRIES:
                return added

    async def _last_relayed(self, shop_id: str) -> str:
        stored = await self._redis.execute_command("HGET", RELAYED, shop_id)
        return stored.decode() if stored else ""

    async def _entries_after(self, outbox: str, previous: str) -> list[Entry] | None:
        """The next entries; None if the outbox no longer has the previous one."""
        if not previous:
            return None
        found: list[Entry] = await self._redis.xrange(outbox, min=previous, count=BATCH_ENTRIES + 1)
        return found[1:] if found and found[0][0].decode() == previous else None

    def _args(self, shop_id: str, previous: str, entries: list[Entry]) -> list[str | bytes | int]:
        args: list[str | bytes | int] = [self._maxlen, shop_id, int(KEPT_SECONDS * 1000), previous]
        for entry_id, fields in entries:
            # An entry that no commit has written must not stop the relay.
            if b"outcome" in fields:
                args += [entry_id, fields.get(b"position", b""), fields[b"outcome"]]
        return args


def _numbers(entry_id: str) -> tuple[int, int]:
    ms, _, sequence = entry_id.partition("-")
    return int(ms), int(sequence)
