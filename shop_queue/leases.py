"""Who may work on which shop: taking, renewing and giving back leases on the ready set.

To take a shop is to raise its score to *now + lease*; a dead worker's shops become takeable by themselves. All times
are the server's, so hosts whose clocks disagree do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redis_client.connect import AnyRedis
from redis_client.scripts import Call, load_script, run
from shop_queue.keys import APP_RATES, READY_KEYS, WAKE_CHANNEL, WORKERS

LONGEST_SILENCE_MS = 3000
"""A worker looks for shops every second; one that has not for so long gets no share of them any more."""


@dataclass(frozen=True, slots=True)
class Lease:
    shop_id: str
    fence: int
    """Grows with every lease of any shop, over failovers too; a commit with an older one is refused."""


@dataclass(frozen=True, slots=True)
class AcquiredShops:
    leases: tuple[Lease, ...]
    waited_seconds: tuple[float, ...]
    """For each lease, how long its shop had had work, or had been free to go on, and no worker."""
    fair_share: int
    """How many shops this worker should hold, by the number of living workers."""
    shops_waiting: int
    next_due_seconds: float | None
    shops_leased: int
    """By all workers together."""
    server_seconds: float
    """The server's time."""
    app_rate: float
    """Requests a second granted of the ceiling over all shops; 0 without one."""


class Leases:
    """`app_rate` is the ceiling over all shops and workers in requests a second, of which `take` grants a part."""

    def __init__(self, redis: AnyRedis, worker_id: str, lease_seconds: float, app_rate: float | None = None) -> None:
        self._redis = redis
        self._worker = worker_id
        self._lease_ms = int(lease_seconds * 1000)
        self._silent_ms = min(self._lease_ms, LONGEST_SILENCE_MS)
        self._app_rate = int((app_rate or 0) * 1000)
        self._take = load_script("shop_queue", "take")
        self._renew = load_script("shop_queue", "renew")
        self._release = load_script("shop_queue", "release")

    async def take(self, most: int, held: int) -> AcquiredShops:
        """Up to `most` shops that are due; also this worker's sign of life."""
        arguments = (self._worker, self._lease_ms, most, held, self._silent_ms, self._app_rate)
        reply = await run(self._redis, Call(self._take, READY_KEYS, arguments))
        shops = reply[6:]
        leases = tuple(Lease(shops[i].decode(), int(shops[i + 1])) for i in range(0, len(shops), 3))
        waited = tuple(milliseconds / 1000 for milliseconds in shops[2::3])
        due = reply[3] / 1000 if reply[3] >= 0 else None
        return AcquiredShops(leases, waited, reply[1], reply[2], due, reply[4], reply[0] / 1000, reply[5] / 1000)

    async def renew(self, leases: Iterable[Lease]) -> frozenset[str]:
        """The shops that were lost meanwhile, whose work must be dropped."""
        args: list[str | int] = [self._worker, self._lease_ms]
        for lease in leases:
            args += [lease.shop_id, lease.fence]
        lost = await run(self._redis, Call(self._renew, READY_KEYS, args))
        return frozenset(shop.decode() for shop in lost)

    async def release(self, releases: Sequence[tuple[Lease, float | None]]) -> int:
        """Gives leases back, each with the seconds until the shop's next work (None = no work); how many were ours."""
        args: list[str | int] = [self._worker]
        for lease, seconds in releases:
            args += [lease.shop_id, lease.fence, -1 if seconds is None else max(0, int(seconds * 1000))]
        return int(await run(self._redis, Call(self._release, READY_KEYS, args)))

    async def leave(self) -> None:
        """This worker takes no more shops: the others' fair shares grow at once, and they are told."""
        await self._redis.execute_command("ZREM", WORKERS, self._worker)
        await self._redis.execute_command("HDEL", APP_RATES, self._worker)
        await self._redis.execute_command("PUBLISH", WAKE_CHANNEL, "")


async def wake(redis: AnyRedis, shops: Iterable[tuple[str, float]]) -> None:
    """Tells that these shops have work, each due in so many seconds."""
    args: list[str | int] = []
    for shop_id, seconds in shops:
        args += [shop_id, max(0, int(seconds * 1000))]
    if args:
        await run(redis, Call(load_script("shop_queue", "wake"), READY_KEYS, args))
