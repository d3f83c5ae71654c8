"""Counts, per region, which features the platform refuses and accepts (relisting/refusals.py decides from them).

There is one Redis hash per region, which expires as a whole. Then the first edits test again whether the platform still
refuses a feature.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from redis_client.connect import AnyRedis
from relisting.refusals import RefusalCount, Refusals, blamed, learned

LIFE_SECONDS = 7 * 86_400
REFRESH_SECONDS = 10.0
"""Maximum age of the counts on which a worker bases decisions."""
MAX_FIELDS = 2_000
"""Maximum number of features and codes per region. Reaching it would mean that features are too specific."""
LONGEST_MESSAGE = 300

REFUSED, ACCEPTED, MESSAGE = "refused", "accepted", "message"


@dataclass(frozen=True, slots=True)
class _CountSnapshot:
    at: float
    counts: tuple[RefusalCount, ...]
    learned: Refusals


class RefusalStore:
    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._snapshots: dict[str, _CountSnapshot] = {}

    async def learned(self, region: str) -> Refusals:
        """Refusals by feature id."""
        return (await self._snapshot(region)).learned

    async def counts(self, region: str) -> tuple[RefusalCount, ...]:
        """All current counts, most refused first."""
        raw = await self._redis.execute_command("HGETALL", _key(region))
        pairs = raw.items() if isinstance(raw, Mapping) else zip(raw[::2], raw[1::2], strict=True)
        return _parse({bytes(field): bytes(value) for field, value in pairs})

    async def refused(
        self, region: str, features: Mapping[str, str], code: int, field: str | None, message: str
    ) -> None:
        """Counts an edit with these features (id -> field) that was refused because of the product's content."""
        key, names = _key(region), blamed(features, field, code)
        if not names or await self._redis.execute_command("HLEN", key) > MAX_FIELDS:
            return
        for name in names:
            await self._redis.execute_command("HINCRBY", key, _field(REFUSED, name, str(code)), 1)
            stored = message[:LONGEST_MESSAGE].encode("utf-8", "replace")
            await self._redis.execute_command("HSET", key, _field(MESSAGE, name, str(code)), stored)
        if await self._redis.execute_command("TTL", key) < 0:
            await self._redis.execute_command("EXPIRE", key, LIFE_SECONDS)
        self._snapshots.pop(region, None)

    async def accepted(self, region: str, features: Iterable[str]) -> None:
        """Counts an accepted edit with these features. Writes only if one of them was refused before."""
        suspected = {count.feature for count in (await self._snapshot(region)).counts}
        for name in suspected.intersection(features):
            await self._redis.execute_command("HINCRBY", _key(region), _field(ACCEPTED, name), 1)
            self._snapshots.pop(region, None)

    async def forget(self, region: str, feature: str = "") -> int:
        """Deletes the counts of one feature or of the whole region; returns their number."""
        removed = [each for each in await self.counts(region) if feature in ("", each.feature)]
        for each in removed:
            fields = (_field(REFUSED, each.feature, each.code), _field(MESSAGE, each.feature, each.code))
            await self._redis.execute_command("HDEL", _key(region), *fields, _field(ACCEPTED, each.feature))
        self._snapshots.pop(region, None)
        return len(removed)

    async def _snapshot(self, region: str) -> _CountSnapshot:
        snapshot = self._snapshots.get(region)
        if snapshot is None or self._clock() - snapshot.at > REFRESH_SECONDS:
            if snapshot is not None:
                # Concurrent jobs use the old counts instead of reading them as well.
                self._snapshots[region] = replace(snapshot, at=self._clock())
            counts = await self.counts(region)
            snapshot = _CountSnapshot(self._clock(), counts, learned(counts))
            self._snapshots[region] = snapshot
        return snapshot


def _key(region: str) -> str:
    return f"relist:catalogue:{region}:refusals"


def _field(*parts: str) -> bytes:
    return orjson.dumps(parts)


def _parse(stored: Mapping[bytes, bytes]) -> tuple[RefusalCount, ...]:
    """Skips fields that another release may have written."""
    counts = []
    for field, value in stored.items():
        match orjson.loads(field):
            case [str(kind), str(feature), str(code)] if kind == REFUSED:
                message = stored.get(_field(MESSAGE, feature, code), b"").decode("utf-8", "replace")
                accepted = int(stored.get(_field(ACCEPTED, feature), b"0"))
                counts.append(RefusalCount(feature, code, message, int(value), accepted))
    return tuple(sorted(counts, key=lambda each: (-each.refused, each.feature, each.code)))
