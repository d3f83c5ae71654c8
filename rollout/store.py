"""Reads the records in Redis together and writes them only if none has changed in the meantime."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from redis_client.connect import AnyRedis
from redis_client.scripts import ScriptCall, load_script, run
from rollout.codec import decode_fleet, decode_group, encode_fleet, encode_group
from rollout.keys import EPOCH, GROUPS, KEYS
from rollout.records import Book, LevelRecord

MAX_GROUPS = 250_000
"""Maximum number of levels, which take about 60 MB."""
SCAN_COUNT = 500


class RolloutFull(Exception):
    """The rollout already keeps the maximum number of levels."""

    def __init__(self) -> None:
        super().__init__(f"the rollout keeps at most {MAX_GROUPS:,} leaves and decisions: remove old ones with "
                         "`relist rollout prune`")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records at one point in time."""

    book: Book
    epoch: int
    now: int
    """Server time, ms."""


class RolloutStore:
    """Every method raises RedisError or OSError while Redis is unavailable, and CorruptRecord for bad records."""

    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis
        self._read = load_script("rollout", "read")
        self._commit = load_script("rollout", "commit")

    async def read(self, keys: Iterable[str]) -> Snapshot:
        names = list(dict.fromkeys(keys))
        epoch, now, fleet, *records = await run(self._redis, ScriptCall(self._read, KEYS, names))
        groups = {key: decode_group(key, record) for key, record in zip(names, records, strict=True)}
        return Snapshot(Book(decode_fleet(fleet), groups), int(epoch), int(now))

    async def commit(self, snapshot: Snapshot) -> int | None:
        """Returns the new epoch, or None, without writing, if a record has changed in the meantime. Raises
        RolloutFull.
        """
        book = snapshot.book
        if not book.changed and not book.fleet_changed:
            return snapshot.epoch
        args: list[bytes | str | int] = [snapshot.epoch, MAX_GROUPS]
        args += [book.fleet.version, encode_fleet(book.fleet)] if book.fleet_changed else ["", ""]
        for key in sorted(book.changed):
            args += [key, book.groups[key].version, encode_group(book.groups[key], snapshot.now)]
        written, epoch = await run(self._redis, ScriptCall(self._commit, KEYS, args))
        if written == -1:
            raise RolloutFull
        return int(epoch) if written == 1 else None

    async def epoch(self) -> int:
        return int(await self._redis.execute_command("GET", EPOCH) or 0)

    async def groups(self) -> AsyncIterator[tuple[str, LevelRecord]]:
        """All levels in no particular order; a level that changes during the scan may appear twice."""
        cursor = b"0"
        while True:
            cursor, found = await self._redis.execute_command("HSCAN", GROUPS, cursor, "COUNT", SCAN_COUNT)
            pairs: Sequence[bytes] = (
                list(found) if not isinstance(found, dict) else [x for kv in found.items() for x in kv]
            )
            for key, record in zip(pairs[::2], pairs[1::2], strict=True):
                yield key.decode(), decode_group(key.decode(), record)
            if int(cursor) == 0:
                return

    async def prune(self, unused_since: int) -> int:
        """Deletes levels unused since the given time in ms; returns their number. Stopped levels stay."""
        old = [(key, group.version) async for key, group in self.groups() if group.used < unused_since]
        deleted = 0
        for start in range(0, len(old), SCAN_COUNT):
            part = old[start : start + SCAN_COUNT]
            snapshot = await self.read(key for key, _ in part)
            kept = snapshot.book.fleet.causes.keys()
            args: list[bytes | str | int] = [snapshot.epoch, MAX_GROUPS, "", ""]
            going = [(key, version) for key, version in part
                     if key not in kept and snapshot.book.groups[key].version == version]  # fmt: skip
            for key, version in going:
                args += [key, version, ""]
            written, _ = await run(self._redis, ScriptCall(self._commit, KEYS, args))
            deleted += len(going) if written == 1 else 0
        return deleted
