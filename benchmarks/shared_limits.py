"""The limits of shared parts: the ready set, the intake stream, the relay of a cluster, and PostgreSQL.

One server executes the scripts of such a key one after the other, so the CPU time of a call determines how many calls
fit into a second. PostgreSQL uses several cores; the cost of a shared record there is measured with a worker's writes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import orjson
from redis.asyncio import Redis

from benchmarks.record import of_a_record, simulated
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from record.opening import open_record
from redis_client.scripts import ScriptCall, load_script, run
from shop_queue.intake_stream import IntakeStream
from shop_queue.keys import INTAKE, OUTCOMES, RELAYED
from shop_queue.leases import Leases, wake
from tests.support.postgres_server import PostgresServer

FLEETS, QUICK_FLEETS = (10_000, 100_000, 1_000_000), (1_000, 10_000)
AT_ONCE = 100
"""Shops or entries per call; a worker leases up to its share, and a gateway reads up to 500 entries."""
CYCLES, QUICK_CYCLES = 300, 30
EDITS, QUICK_EDITS = 10_000, 1_000
ENTRY = (b"shop_id", b"7494000000000000000", b"product_id", b"1729000000000000000", b"run_id", b"spring-2027")
RECORD = orjson.dumps(
    {"shop_id": "7494000000000000000", "product_id": "1729000000000000000", "kind": "relist", "outcome": "relisted"}
    | {"category_id": "853000", "title": "A pair of running shoes", "run_id": "spring-2027", "attempts": 1}
)


@dataclass(frozen=True, slots=True)
class Limit:
    key: str
    what: str
    microseconds: float
    """CPU time of the server."""

    @property
    def per_second(self) -> float:
        return 1e6 / self.microseconds


async def run_benchmark(quick: bool) -> Result:
    fleets, cycles = (QUICK_FLEETS, QUICK_CYCLES) if quick else (FLEETS, CYCLES)
    leases = [await _fresh(partial(lease_cycle, shops=shops, cycles=cycles)) for shops in fleets]
    limits = [limit for each in leases for limit in each]
    limits += await _fresh(partial(intake, cycles=cycles))
    limits += await _fresh(partial(relay, cycles=cycles))
    limits.append(await postgres(QUICK_EDITS if quick else EDITS))
    dearest, cheapest = (sum(each.microseconds for each in leases[i]) for i in (-1, 0))
    return Result(
        "What all shops share",
        f"{AT_ONCE} shops or entries a call. CPU time of the main thread of Redis; the last column is how many fit "
        "into a second of one core, which is where a key stops scaling. A lease is taken, renewed and given back; each "
        "of its rows is measured with so many shops in the ready set. PostgreSQL is durable, and its CPU time is that "
        "of all its processes; it spreads over several cores.",
        ["", "what", "server CPU µs", "most per second and core"],
        [[each.key, each.what, f"{each.microseconds:.2f}", f"{each.per_second:,.0f}"] for each in limits],
        [
            Target(
                f"Redis CPU of a lease among {fleets[-1]:,} shops relative to {fleets[0]:,}",
                dearest / cheapest,
                at_most=2,
            )
        ],
        {f"{each.key}: {each.what}": round(each.microseconds, 2) for each in limits},
    )


async def _fresh(measure: Callable[[Redis], Awaitable[list[Limit]]]) -> list[Limit]:
    with Server() as server:
        async with Redis.from_url(server.url) as redis:
            return await measure(redis)


async def _cpu(redis: Redis) -> float:
    used = await redis.info("cpu")
    return float(used["used_cpu_user_main_thread"] + used["used_cpu_sys_main_thread"])


async def lease_cycle(redis: Redis, shops: int, cycles: int) -> list[Limit]:
    """Takes, renews and releases leases while all shops of the fleet have work."""
    began = await _cpu(redis)
    for first in range(0, shops, 1000):
        await wake(redis, [(str(7494000000000000000 + n), 0.0) for n in range(first, min(first + 1000, shops))])
    filled = await _cpu(redis)
    worker, taken, renewed, released = Leases(redis, "worker", 60), 0.0, 0.0, 0.0
    for _ in range(cycles):
        at = await _cpu(redis)
        held = (await worker.take(AT_ONCE, 0)).leases
        after_take = await _cpu(redis)
        lost = await worker.renew(held)
        after_renewal = await _cpu(redis)
        given_back = await worker.release([(lease, 0.0) for lease in held])
        after_release = await _cpu(redis)
        if lost or given_back != AT_ONCE:
            raise RuntimeError(f"{len(lost)} of {len(held)} leases were lost, {given_back} given back")
        taken, renewed = taken + after_take - at, renewed + after_renewal - after_take
        released += after_release - after_renewal
    key, each = f"ready set, {shops:,} shops", 1e6 / (cycles * AT_ONCE)
    return [
        Limit(key, "work announced", (filled - began) / shops * 1e6),
        Limit(key, "lease taken", taken * each),
        Limit(key, "lease renewed", renewed * each),
        Limit(key, "lease given back", released * each),
    ]


async def intake(redis: Redis, cycles: int) -> list[Limit]:
    """Entries written by a feeder, AT_ONCE per round trip, and read by a gateway."""
    stream = IntakeStream(redis, "gateway")
    await stream.ensure_group()
    began = await _cpu(redis)
    for _ in range(cycles):
        async with redis.pipeline(transaction=False) as pipe:
            for _ in range(AT_ONCE):
                pipe.execute_command("XADD", INTAKE, "*", *ENTRY)
            await pipe.execute()
    written, number = await _cpu(redis), 0
    while entries := await stream.read(AT_ONCE, 1_000_000, 0):
        number += len(entries)
        await stream.acknowledge([entry.id for entry in entries])
    if number != cycles * AT_ONCE:
        raise RuntimeError(f"{number} of {cycles * AT_ONCE} entries were read")
    read = await _cpu(redis)
    return [
        Limit("intake", "entry written", (written - began) / number * 1e6),
        Limit("intake", "entry read and acknowledged", (read - written) / number * 1e6),
    ]


async def relay(redis: Redis, cycles: int) -> list[Limit]:
    """Outcomes that the relay of a cluster appends to the stream of all shops."""
    script, number = load_script("shop_queue", "relay"), 0
    began = await _cpu(redis)
    for shop in range(cycles):
        args: list[str | bytes | int] = [1_000_000, str(shop), 30_000, ""]
        for n in range(AT_ONCE):
            args += [f"{1_760_000_000_000 + n}-0", f"1-1-{n + 1}", RECORD]
        reply = await run(redis, ScriptCall(script, (OUTCOMES, RELAYED), args))
        number += int(reply[1])
    if number != cycles * AT_ONCE:
        raise RuntimeError(f"{number} of {cycles * AT_ONCE} outcomes were appended")
    return [Limit("relay of a cluster", "outcome appended", (await _cpu(redis) - began) / number * 1e6)]


async def postgres(edits: int) -> Limit:
    """Edits of a worker, each with its response and the state of its product."""
    with PostgresServer(durable=True) as server, tempfile.TemporaryDirectory(prefix="relist-bench-") as directory:
        record, began = open_record(server.database(), Path(directory)), server.cpu_seconds
        await of_a_record(record, simulated(edits))
        return Limit("PostgreSQL", "edit recorded", (server.cpu_seconds - began) / edits * 1e6)


if __name__ == "__main__":
    command("shared_limits", run_benchmark)
