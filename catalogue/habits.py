"""Platform behaviour that workers have observed, which overrides the defaults of the fact table.

One Redis hash holds all regions. Entries do not expire, since each records harm that must not happen again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from redis_client.connect import AnyRedis

KEY = "relist:catalogue:habits"
REFRESH_SECONDS = 10.0


class ObservedHabits:
    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._read_at = float("-inf")
        self._observed: frozenset[str] = frozenset()

    async def observe(self, region: str, switch: str, evidence: str) -> None:
        """Stores an observation. `switch` is the name of the fact's switch; `evidence` names the product and the
        time.
        """
        await self._redis.execute_command("HSET", KEY, f"{region}:{switch}", evidence)
        self._read_at = float("-inf")

    async def observed(self, region: str, switch: str) -> bool:
        now = self._clock()
        if now - self._read_at > REFRESH_SECONDS:
            self._read_at = now
            self._observed = frozenset(await self.all())
        return f"{region}:{switch}" in self._observed

    async def all(self) -> dict[str, str]:
        """Evidence by `region:switch`."""
        raw = await self._redis.execute_command("HGETALL", KEY)
        pairs = raw.items() if isinstance(raw, Mapping) else zip(raw[::2], raw[1::2], strict=True)
        return {bytes(name).decode(): bytes(value).decode("utf-8", "replace") for name, value in pairs}

    async def forget(self, region: str, switch: str) -> bool:
        self._read_at = float("-inf")
        return bool(await self._redis.execute_command("HDEL", KEY, f"{region}:{switch}"))
