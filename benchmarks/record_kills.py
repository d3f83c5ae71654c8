"""Kills workers and PostgreSQL at random moments and checks that the record has every edit that the platform accepted.

python -m benchmarks.record_kills               # 200 rounds: 100 on SQLite, 100 on PostgreSQL
python -m benchmarks.record_kills --rounds 50
python -m benchmarks.record_kills --quick       # 6 rounds, which are not kept
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.processes import ROOT
from benchmarks.record import postgres_server
from benchmarks.result import Result, Target, keep, show
from benchmarks.server import Server
from model.job import Job
from record.entry import StoredEdit
from record.opening import open_record
from record.scope import Scope
from shop_queue.producer import EnqueueRequest, LaneProducer
from simulator.options import SimulatorOptions
from simulator.products import product_id
from simulator.server import start
from simulator.world import World
from tests.support.postgres_server import PostgresServer
from tests.support.redis_server import die_with_parent

NAME = "record_kills"
ROUNDS, QUICK_ROUNDS = 200, 6
WORKERS, SHOPS = 3, 12
PRODUCTS_PER_ROUND = 400
EDITS_BEFORE_KILL = 25
"""Accepted edits to wait for before the random pause, so that every kill hits a fleet at work."""
LONGEST_PAUSE = 0.5
STALLED_SECONDS = 90.0


@dataclass(slots=True)
class Killed:
    kills: Counter[str] = field(default_factory=Counter)
    edits: int = 0
    """Edits that the platform accepted."""
    entries: int = 0
    unrecorded: list[str] = field(default_factory=list)
    damaged: int = 0


class Fleet:
    """Workers that can be killed, and the world that they edit, which is in this process."""

    def __init__(self, world: World, settings: dict[str, str], server: PostgresServer | None) -> None:
        self.world, self._settings, self._server = world, settings, server
        self._workers: list[asyncio.subprocess.Process] = []

    @property
    def accepted(self) -> int:
        return sum(accepted_edits(self.world).values())

    async def start_worker(self) -> None:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from console.main import main; main()", "worker"),
            cwd=ROOT,
            env=self._settings,
            stderr=asyncio.subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        self._workers.append(worker)

    async def kill_worker(self, place: int) -> None:
        worker = self._workers.pop(place)
        worker.kill()
        await worker.wait()
        await self.start_worker()

    async def kill_store(self) -> None:
        assert self._server is not None
        await asyncio.to_thread(kill_and_restart, self._server)

    async def end(self) -> None:
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.terminate()
        await asyncio.gather(*(worker.wait() for worker in workers))

    async def until_edited(self, count: int) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(STALLED_SECONDS):
            while self.accepted < count:
                await asyncio.sleep(0.02)


def kill_and_restart(server: PostgresServer) -> None:
    """SIGKILL to the server and its children, as from the kernel when memory is short. Raises RuntimeError."""
    server.kill()
    deadline = time.monotonic() + 30
    while True:
        try:
            return server.start()
        except RuntimeError:  # its children still hold the shared memory
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def accepted_edits(world: World) -> Counter[tuple[str, str]]:
    """(shop, product) -> edits that the platform accepted."""
    return Counter(
        {
            (shop.shop_id, each.live["id"]): each.edits
            for shop in world.shops
            for each in shop.touched.values()
            if each.edits
        }
    )


@contextlib.asynccontextmanager
async def running(directory: Path, products: int, server: PostgresServer | None) -> AsyncIterator[tuple[Fleet, str]]:
    url = server.database() if server is not None else ""
    options = SimulatorOptions(shops=SHOPS, products=products, unlimited=True, audit_seconds=(3600.0, 3600.0))
    with Server() as redis_server:
        platform = await start(options)
        async with Redis.from_url(redis_server.url) as redis:
            await fleet.add_shops(redis, platform.url)
            wanted = [
                EnqueueRequest(Job(shop.shop_id, product_id(place, index), run_id="kills"))
                for place, shop in enumerate(platform.world.shops)
                for index in range(shop.products)
            ]
            await LaneProducer(redis).enqueue(wanted)
            settings = {
                **fleet.environment(redis_server.url, platform.url, directory),
                "RELIST_LEASE_SECONDS": "2",
                "RELIST_RECORD_URL": url,
                "RELIST_ROLLOUT": "off",
            }
            killed = Fleet(platform.world, settings, server)
            for _ in range(WORKERS):
                await killed.start_worker()
            try:
                yield killed, url
            finally:
                await killed.end()
                await platform.stop()


async def kill_rounds(rounds: int, server: PostgresServer | None) -> Killed:
    chosen, result = random.Random(16), Killed()
    with tempfile.TemporaryDirectory(prefix="relist-bench-") as place:
        directory = Path(place)
        async with running(directory, rounds * PRODUCTS_PER_ROUND, server) as (killed, url):
            for number in range(rounds):
                await killed.until_edited(killed.accepted + EDITS_BEFORE_KILL)
                await asyncio.sleep(chosen.uniform(0, LONGEST_PAUSE))
                if server is not None and number % 2:
                    await killed.kill_store()
                    result.kills["PostgreSQL"] += 1
                else:
                    await killed.kill_worker(0)
                    result.kills["worker"] += 1
            await killed.until_edited(killed.accepted + EDITS_BEFORE_KILL)
            await killed.end()
            await compare(result, killed.world, url, directory)
    return result


async def compare(result: Killed, world: World, url: str, directory: Path) -> None:
    """Counts the accepted edits that have no entry, product by product."""
    accepted = accepted_edits(world)
    recorded: Counter[tuple[str, str]] = Counter()
    record = open_record(url, directory)
    async for entry in record.edits(Scope(run_id="kills")):
        if not isinstance(entry, StoredEdit):
            result.damaged += 1
        elif entry.event("refused", "not_sent") is None:
            recorded[entry.shop_id, entry.product_id] += 1
    result.damaged += not (await record.verify()).sound
    await record.close()
    result.edits, result.entries = accepted.total(), recorded.total()
    result.unrecorded = [f"{product} of {shop}" for shop, product in (accepted - recorded)]


async def run(rounds: int) -> Result:
    results = {"SQLite": await kill_rounds(rounds - rounds // 2, None)}
    server = postgres_server()
    if server is not None:
        try:
            results["PostgreSQL"] = await kill_rounds(rounds // 2, server)
        finally:
            server.stop(signal.SIGQUIT)
    unrecorded = sum(len(each.unrecorded) for each in results.values())
    return Result(
        "The record under kill -9",
        f"{WORKERS} workers with 100 slots on {SHOPS} simulated shops. In each round, once {EDITS_BEFORE_KILL} more "
        f"edits are accepted and up to {LONGEST_PAUSE} s later, a worker gets SIGKILL, or PostgreSQL with all its "
        "processes. The killed part starts again. In the end, the platform's edits of every product are compared with "
        "its entries, and `relist record verify` runs. An entry without an edit is one that was killed before it was "
        "sent.",
        ["", "workers killed", "stores killed", "edits accepted", "entries", "edits without an entry"],
        [
            [
                name,
                *(f"{each.kills[part]:,}" for part in ("worker", "PostgreSQL")),
                *(f"{number:,}" for number in (each.edits, each.entries, len(each.unrecorded))),
            ]
            for name, each in results.items()
        ],
        [
            Target(f"edits without their record after {rounds} kills", unrecorded, at_most=0),
            Target("damaged entries", sum(each.damaged for each in results.values()), at_most=0),
        ],
        {name: {"unrecorded": each.unrecorded[:100]} for name, each in results.items()},
        [] if server is not None else ["PostgreSQL is not installed; run .ci/packages as root."],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{NAME}")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds, which are not kept")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    began = time.perf_counter()
    result = asyncio.run(run(QUICK_ROUNDS if given.quick else given.rounds))
    show(result)
    keep(NAME, result, time.perf_counter() - began, quick=given.quick or given.rounds < ROUNDS)
    if not all(bar.reached for bar in result.bars):
        sys.exit(1)


if __name__ == "__main__":
    main()
