"""Leases: which worker may work on which shop.

Leasing a shop sets its score in the ready set to *now + lease*, so a dead worker's shops become due without any
clean-up. All times are the server's, so workers' clocks need not agree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from redis_client.connect import AnyRedis
from redis_client.scripts import ScriptCall, load_script, run
from shop_queue.keys import APP_RATES, READY_KEYS, WAKE_CHANNEL, WORKERS

MAX_SILENCE_MS = 3000
"""Workers look for shops every second; one that is silent for this many milliseconds gets no share of them."""


@dataclass(frozen=True, slots=True)
class Lease:
    shop_id: str
    fence: int
    """Grows with every lease of any shop, even across failovers; commits with an older fence are refused."""


@dataclass(frozen=True, slots=True)
class AcquiredShops:
    leases: tuple[Lease, ...]
    waited_seconds: tuple[float, ...]
    """For each lease, the time its shop was due without a worker."""
    fair_share: int
    """Number of shops this worker should hold, given the number of live workers."""
    shops_waiting: int
    next_due_seconds: float | None
    server_seconds: float
    """Unix time of the server."""
    app_rate: float
    """Granted share of the ceiling for all shops, in requests per second; 0 without a ceiling."""


class Leases:
    """`app_rate` is the ceiling for all shops and workers in requests per second; `take` grants a share of it."""

    def __init__(
        self,
        redis: AnyRedis,
        worker_id: str,
        lease_seconds: float,
        app_rate: float | None = None,
        may_lease: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """While `may_lease` returns False, `take` leases no shop."""
        self._redis = redis
        self._may_lease = may_lease
        self._worker = worker_id
        self._lease_ms = int(lease_seconds * 1000)
        self._silence_ms = min(self._lease_ms, MAX_SILENCE_MS)
        self._app_rate = int((app_rate or 0) * 1000)
        self._take = load_script("shop_queue", "take")
        self._renew = load_script("shop_queue", "renew")
        self._release = load_script("shop_queue", "release")

    async def take(self, most: int, held: int) -> AcquiredShops:
        """Leases up to `most` due shops; also this worker's heartbeat. Raises one of REDIS_UNAVAILABLE."""
        if most and self._may_lease is not None and not await self._may_lease():
            most = 0
        args = (self._worker, self._lease_ms, most, held, self._silence_ms, self._app_rate)
        server_ms, share, waiting, due_ms, granted, *shops = await run(
            self._redis, ScriptCall(self._take, READY_KEYS, args)
        )
        return AcquiredShops(
            # A foreign member of the ready set becomes an empty lane; it must not end a worker.
            leases=tuple(Lease(shops[i].decode(errors="replace"), int(shops[i + 1])) for i in range(0, len(shops), 3)),
            waited_seconds=tuple(milliseconds / 1000 for milliseconds in shops[2::3]),
            fair_share=share,
            shops_waiting=waiting,
            next_due_seconds=due_ms / 1000 if due_ms >= 0 else None,
            server_seconds=server_ms / 1000,
            app_rate=granted / 1000,
        )

    async def renew(self, leases: Iterable[Lease]) -> frozenset[str]:
        """Extends the leases. Returns the shops whose lease was lost; their work must be dropped."""
        args: list[str | int] = [self._worker, self._lease_ms]
        for lease in leases:
            args += [lease.shop_id, lease.fence]
        lost = await run(self._redis, ScriptCall(self._renew, READY_KEYS, args))
        return frozenset(shop.decode(errors="replace") for shop in lost)

    async def release(self, releases: Sequence[tuple[Lease, float | None]]) -> int:
        """Releases leases, each with the seconds until the shop's next work (None = no work).

        Returns how many of them this worker still held.
        """
        args: list[str | int] = [self._worker]
        for lease, seconds in releases:
            args += [lease.shop_id, lease.fence, -1 if seconds is None else max(0, int(seconds * 1000))]
        return int(await run(self._redis, ScriptCall(self._release, READY_KEYS, args)))

    async def leave(self) -> None:
        """Deregisters this worker: the other workers' fair shares grow immediately, and they are woken."""
        await self._redis.execute_command("ZREM", WORKERS, self._worker)
        await self._redis.execute_command("HDEL", APP_RATES, self._worker)
        await self._redis.execute_command("PUBLISH", WAKE_CHANNEL, "")


async def wake(redis: AnyRedis, shops: Iterable[tuple[str, float]]) -> None:
    """Announces that these shops have work, each due in the given number of seconds."""
    args: list[str | int] = []
    for shop_id, seconds in shops:
        args += [shop_id, max(0, int(seconds * 1000))]
    if args:
        await run(redis, ScriptCall(load_script("shop_queue", "wake"), READY_KEYS, args))
