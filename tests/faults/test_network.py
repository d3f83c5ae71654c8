"""The network between a worker and Redis, or the platform, drops packets, goes down, or is slow.

One worker runs in a network namespace with one link to Redis and one to the platform; the other worker runs on the
host and keeps both. Needs root.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import pytest

from demo.local_fleet import LocalFleet, Part
from redis_client.connect import CONNECT_SECONDS, REPLY_SECONDS, SILENT_LINK_SECONDS
from shop_queue.keys import WORKERS
from tests.support.conservation import assert_conserved, search_all, total, until_done, until_moved
from tests.support.network_namespace import Link, network_namespace
from tests.support.slow_link import slow_link
from tests.support.survived import Survived

pytestmark = pytest.mark.slow

SIZE = ("--shops", "4", "--products", "500")
REDIS_PORT = "6379"
LEASE_SECONDS, IN_FLIGHT = 2, 20
SETTINGS = {
    "lease_seconds": str(LEASE_SECONDS),
    "max_jobs": str(IN_FLIGHT),
    "audit_poll_seconds": "3",
    "max_rate": "8",
}
SLOW_SECONDS = 300.0
CUT_SECONDS = SILENT_LINK_SECONDS + 4.0
"""Longer than a lease and the time needed to notice the cut."""
NOTICED_SECONDS = REPLY_SECONDS + 4 * CONNECT_SECONDS
"""Longest time a command waits: for its reply, then for three reconnects with pauses."""


@contextlib.asynccontextmanager
async def fleet_with_remote_worker() -> AsyncIterator[tuple[LocalFleet, Link, Link, Part]]:
    """Yields the fleet, the links of its remote worker to Redis and the platform, and that worker."""
    with network_namespace(links=2) as namespace:
        to_redis, to_platform = namespace.links
        simulator = (*SIZE, "--host", to_platform.here)
        options = ("--port", REDIS_PORT, "--bind", to_redis.here, "--protected-mode", "no")
        async with LocalFleet(simulator, SETTINGS, redis_options=options) as fleet:
            await fleet.add_shops()
            address = {"RELIST_REDIS_URL": f"redis://{to_redis.here}:{REDIS_PORT}"}
            worker = await fleet.start_worker(prefix=namespace.prefix, environment=address)
            try:
                yield fleet, to_redis, to_platform, worker
            finally:
                to_redis.mend()
                to_platform.mend()


async def is_registered(fleet: LocalFleet, worker: Part) -> bool:
    """Whether the worker has sent a heartbeat within the last seconds."""
    living = await fleet.redis.execute_command("ZRANGE", WORKERS, 0, -1)
    return any(f"-{worker.process.pid}-" in name.decode() for name in living)


async def until_registered(fleet: LocalFleet, worker: Part, *, registered: bool, seconds: float) -> float:
    """Returns the seconds until the worker is (or is no longer) registered."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while await is_registered(fleet, worker) != registered:
            await asyncio.sleep(0.05)
    return time.monotonic() - began


WAYS: dict[str, Callable[[Link], None]] = {
    "packets are dropped in both directions": Link.cut,
    "packets from the worker are dropped": Link.lose_outgoing,
    "packets to the worker are dropped": Link.lose_incoming,
    "the link goes down": Link.unplug,
}


@pytest.mark.parametrize("how", WAYS)
async def test_network_to_redis_is_cut(how: str, survived: Survived) -> None:
    async with fleet_with_remote_worker() as (fleet, to_redis, _, worker):
        await search_all(fleet)
        await until_moved(fleet, 20)
        WAYS[how](to_redis)
        cut_at = time.monotonic()
        await fleet.start_worker()
        await until_registered(fleet, worker, registered=False, seconds=NOTICED_SECONDS)
        moved = (await total(fleet))["edited"]
        # This worker held all shops, so any shop that moves now was taken over.
        await until_moved(fleet, moved + IN_FLIGHT)
        taken_over = time.monotonic() - cut_at
        await asyncio.sleep(max(0.0, CUT_SECONDS - taken_over))
        to_redis.mend()
        back = await until_registered(fleet, worker, registered=True, seconds=NOTICED_SECONDS)
        assert worker.process.returncode is None
        await until_done(fleet)
        books = await assert_conserved(fleet, IN_FLIGHT)
        survived(
            f"the network between a worker and Redis is cut for {CUT_SECONDS:.0f} s: {how}",
            promise="another worker takes over its shops; it resumes afterwards; nothing is lost",
            lease_seconds=LEASE_SECONDS,
            taken_over_seconds=taken_over,
            back_at_work_seconds=back,
            edited_twice=books["edited_more_than_once"],
        )


NO_ANSWER_SECONDS = 24.0
"""Longer than the client waits for a response (tiktok_shop/transport.py)."""


@pytest.mark.parametrize(
    ("how", "seconds"), [("packets are dropped in both directions", NO_ANSWER_SECONDS), ("the link goes down", 5)]
)
async def test_network_to_the_platform_is_cut(how: str, seconds: float, survived: Survived) -> None:
    async with fleet_with_remote_worker() as (fleet, _, to_platform, worker):
        await fleet.start_worker()
        await search_all(fleet)
        await until_moved(fleet, 20)
        WAYS[how](to_platform)
        await asyncio.sleep(seconds)
        assert await is_registered(fleet, worker), "it keeps renewing its leases"
        to_platform.mend()
        mended_at = time.monotonic()
        await until_done(fleet)
        done = time.monotonic() - mended_at
        assert worker.process.returncode is None
        books = await assert_conserved(fleet, IN_FLIGHT)
        survived(
            f"the network between a worker and the platform is cut for {seconds:.0f} s: {how}",
            promise="jobs are requeued and no product fails; work resumes",
            all_done_after_seconds=done,
            edited_twice=books["edited_more_than_once"],
        )


DELAY_SECONDS, BYTES_PER_SECOND = 0.2, 50_000


async def test_slow_link_to_redis_and_the_platform(survived: Survived) -> None:
    with network_namespace() as namespace:
        here = namespace.links[0].here
        options = ("--port", REDIS_PORT, "--bind", here, "--protected-mode", "no")
        async with LocalFleet(("--shops", "2", "--products", "30"), SETTINGS, redis_options=options) as fleet:
            await fleet.add_shops()
            platform = urlsplit(fleet.platform.address)
            slow = {"delay_seconds": DELAY_SECONDS, "bytes_per_second": BYTES_PER_SECOND}
            async with (
                slow_link(here, int(REDIS_PORT), **slow) as redis_port,
                slow_link(str(platform.hostname), platform.port or 0, **slow) as api_port,
            ):
                api = f"http://127.0.0.1:{api_port}"
                worker = await fleet.start_worker(
                    environment={
                        "RELIST_REDIS_URL": f"redis://127.0.0.1:{redis_port}",
                        "RELIST_API_URL": api,
                        "RELIST_AUTH_URL": api,
                        "RELIST_LEASE_SECONDS": "10",
                    }
                )
                began = time.monotonic()
                await search_all(fleet)
                await until_done(fleet, SLOW_SECONDS)
                took = time.monotonic() - began
                assert worker.process.returncode is None
                books = await assert_conserved(fleet, 0)
                await worker.end()
        survived(
            f"a link of {BYTES_PER_SECOND} bytes/s and {DELAY_SECONDS} s delay to Redis and to the platform",
            promise="slower, and nothing is lost or done twice",
            products=books["moved"],
            took_seconds=took,
        )
