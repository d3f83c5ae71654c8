"""The state of every shop and worker, read with a fixed number of commands per shop.

The only read model of the fleet: metrics, the command line and the web UI all show these numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from model.product_state import ProductStateName
from model.shop import Shop
from redis_client.connect import AnyRedis
from shop_queue.lane_stats import FleetStats, LaneStats, read_fleet_stats, read_lane_stats
from shop_queue.product_counts import ProductCounts, total_counts
from shop_queue.reader import LaneReader
from shop_queue.ready_clock import ready_milliseconds
from shop_queue.shop_registry import ShopRegistry
from shop_queue.worker_outages import WorkerOutage, read_outages
from shop_queue.worker_problems import RefusedStart, WorkerProblem, read_problems
from shop_queue.worker_versions import read_versions

NO_LEASES = FleetStats(leased=0, due=0, oldest_due_seconds=0.0, workers=0)


@dataclass(frozen=True, slots=True)
class ShopStats:
    shop: Shop
    lane: LaneStats

    @property
    def shop_id(self) -> str:
        return self.shop.shop_id

    @property
    def state(self) -> str:
        """Return active, paused, parked, or corrupt if its keys cannot be read."""
        return self.lane.state

    @property
    def reason(self) -> str:
        """Return why the shop is not active, or an empty string."""
        return self.lane.reason if self.lane.state != "active" else ""

    @property
    def resumes_in_seconds(self) -> float | None:
        """Return the time until the service retries a parked shop, or None if an operator must resume it."""
        return self.lane.ends_seconds if self.lane.state == "parked" else None

    @property
    def queued(self) -> int:
        """Return the number of jobs that will still run, including delayed audit polls."""
        return self.lane.queued

    @property
    def products(self) -> ProductCounts:
        """Return the known products by state; every surface shows these numbers."""
        return self.lane.products


@dataclass(frozen=True, slots=True)
class WorkerStats:
    name: str
    shops: int
    """Shops on which it holds a lease."""
    silent_seconds: float
    """Time since its last heartbeat."""
    outage: WorkerOutage | None = None
    """Why it gets no response from the platform; None if it gets responses."""
    problems: tuple[WorkerProblem, ...] = ()
    version: str = ""
    """Empty for a release that does not publish its version."""


@dataclass(frozen=True, slots=True)
class PlatformOutage:
    """The platform does not respond to workers, which until then only probe it. Jobs wait without using attempts."""

    cause: str
    """Slug of authorisation/causes.py; from the worker that noticed first, like `what`, `fix` and `since`."""
    what: str
    fix: str
    since: float
    """Unix seconds."""
    workers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FleetProblem:
    """A problem that several workers may share."""

    slug: str
    """See WorkerProblem."""
    what: str
    since: float
    workers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fleet:
    shops: tuple[ShopStats, ...]
    workers: tuple[WorkerStats, ...]
    """Workers whose last heartbeat is younger than a lease."""
    leases: FleetStats = NO_LEASES
    refused: tuple[RefusedStart, ...] = ()
    """Workers that did not start within the last hour, the latest first."""

    @property
    def products(self) -> dict[ProductStateName, int]:
        """Return the known products of all shops by state."""
        return total_counts([each.products for each in self.shops])

    @property
    def left(self) -> int:
        """Return the products still on v1, known or not found yet, without drafts."""
        return sum(each.lane.left for each in self.shops)

    @property
    def outage(self) -> PlatformOutage | None:
        """Return why live workers get no response from the platform, or None if all do."""
        down = {each.name: each.outage for each in self.workers if each.outage is not None}
        if not down:
            return None
        first = min(down.values(), key=lambda each: each.since)
        return PlatformOutage(first.cause, first.what, first.fix, first.since, tuple(down))

    @property
    def problems(self) -> tuple[FleetProblem, ...]:
        """Return the problems of live workers, each once, the oldest first."""
        shared: dict[tuple[str, str], list[tuple[float, str]]] = {}
        for worker in self.workers:
            for each in worker.problems:
                shared.setdefault((each.slug, each.what), []).append((each.since, worker.name))
        found = [
            FleetProblem(slug, what, min(since for since, _ in seen), tuple(name for _, name in seen))
            for (slug, what), seen in shared.items()
        ]
        return tuple(sorted(found, key=lambda each: (each.since, each.slug)))

    @property
    def versions(self) -> tuple[str, ...]:
        """Return the versions of live workers. Several mean that an update was not completed."""
        return tuple(sorted({each.version or "an earlier release" for each in self.workers}))

    @property
    def unseen(self) -> int:
        """Return the products on v1 that the last searches have not found yet."""
        return sum(each.lane.unseen for each in self.shops)


async def read_fleet(redis: AnyRedis, lease_seconds: float) -> Fleet:
    """Read all shops and live workers. A worker is alive if its last heartbeat is younger than a lease.

    Raises RedisError.
    """
    shops = await read_shops(redis, await ShopRegistry(redis).all())
    leases = await read_fleet_stats(redis, lease_seconds)
    problems, refused = await read_problems(redis)
    workers = [replace(each, problems=problems.get(each.name, ())) for each in await read_workers(redis, lease_seconds)]
    return Fleet(tuple(shops), tuple(workers), leases, refused)


async def read_shops(redis: AnyRedis, shops: Sequence[Shop]) -> list[ShopStats]:
    """Read the lanes of these shops, in batches. A corrupted lane is reported as such. Raises RedisError."""
    lanes = await read_lane_stats(redis, [shop.shop_id for shop in shops])
    return [ShopStats(shop, lane) for shop, lane in zip(shops, lanes, strict=True)]


async def read_workers(redis: AnyRedis, lease_seconds: float) -> list[WorkerStats]:
    """Read the live workers, ordered by name. Raises RedisError."""
    reader = LaneReader(redis)
    now, shops = await ready_milliseconds(redis), Counter((await reader.holders()).values())
    outages, versions = await read_outages(redis), await read_versions(redis)
    workers = [
        WorkerStats(
            worker.worker_id,
            shops[worker.worker_id],
            max(0.0, (now - worker.heartbeat_ms) / 1000),
            outages.get(worker.worker_id),
            version=versions.get(worker.worker_id, ""),
        )
        for worker in await reader.workers()
    ]
    return sorted((each for each in workers if each.silent_seconds <= lease_seconds), key=lambda each: each.name)
