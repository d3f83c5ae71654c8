"""Seeded hostile entries for the intake stream, and a run of any number of them against a fleet.

`python -m tests.support.hostile_entries --entries 1000000` feeds a million and prints the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from demo.local_fleet import LocalFleet, Part
from shop_queue.intake_stream import GROUP
from shop_queue.keys import INTAKE, INTAKE_REJECTED, SHOPS
from tests.support.conservation import assert_conserved, search_all, total, until_done
from tests.support.survived import Survived

LARGE_BYTES = 10 * 1024 * 1024
GOOD_EVERY, ARRAY_EVERY = 100, 10_000
MAX_WAITING = 20_000
"""Entries in the stream at once, so that the feeder does not fill Redis."""
DONE_SECONDS = 1800.0
MAX_GROWN_BYTES = 100 * 1024 * 1024
"""Allowed growth of the gateway after the first 5,000 entries: a leak of 100 bytes per entry shows in a million."""
Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Fed:
    """An entry and its number of bad jobs (an entry that is bad as a whole counts as one)."""

    fields: Fields
    good: int
    bad: int


@dataclass(slots=True)
class Seen:
    entries: int = 0
    good: int = 0
    bad: int = 0
    rejected_jobs: int = 0
    rejected_bytes_kept: int = 0
    seconds: float = 0.0
    gateway_rss_first: int = 0
    gateway_rss_most: int = 0
    gateway_rss_last: int = 0
    errors: Counter[str] = field(default_factory=Counter)


def hostile_entries(seed: int, count: int, good_jobs: Iterator[dict[str, str]], large: int) -> Iterator[Fed]:
    """Yields `count` entries, of which `large` have 10 MB; each valid job occurs once."""
    chance = random.Random(seed)
    large_at = set(chance.sample(range(count), min(large, count)))
    for number in range(count):
        if number in large_at:
            yield Fed([(b"job", b'"' + b"x" * LARGE_BYTES + b'"')], 0, 1)
        elif number % GOOD_EVERY == 0:
            yield Fed([(b"job", orjson.dumps(next(good_jobs)))], 1, 0)
        elif number % ARRAY_EVERY == 7:
            yield _array(chance, good_jobs)
        else:
            yield Fed(chance.choice(MALFORMED)(chance), 0, 1)


def _array(chance: random.Random, good_jobs: Iterator[dict[str, str]]) -> Fed:
    """Up to a thousand jobs, a few of them bad."""
    jobs: list[object] = []
    bad = 0
    for _ in range(1000):
        if chance.random() < 0.005:
            bad += 1
            jobs.append({"shop_id": None, "product_id": "1"})
        else:
            jobs.append(next(good_jobs))
    if not bad:
        bad = 1
        jobs[-1] = []
    return Fed([(b"jobs", orjson.dumps(jobs))], len(jobs) - bad, bad)


def _job(**change: object) -> bytes:
    return orjson.dumps({"shop_id": "7494000000000000001", "product_id": "1", **change})


BAD_ATTRIBUTES = ({}, "x", [1], [{"id": 1, "values": []}], [{"id": "1", "values": [{"id": {}}]}])
MALFORMED = (
    lambda c: [(b"job", c.randbytes(c.randrange(200)))],
    lambda c: [(b"job", b"")],
    lambda c: [(b"job", b"\x00" * c.randrange(1, 50))],
    lambda c: [(b"job", b"[" * c.randrange(2, 3000))],
    lambda c: [(b"job", b"[" * 1020 + b"]" * 1020)],
    lambda c: [(b"job", b'{"kind":"search","shop_id":"7494","filter":' + b'{"a":' * 700 + b"1" + b"}" * 701)],
    lambda c: [
        (
            b"job",
            b'{"kind":"list","shop_id":"7494000000000000001","external_id":"1","product":{"title":"t","description":"d",'
            b'"main_images":[],"skus":[],"x":' + b"[" * 400 + b"]" * 400 + b"}}",
        )
    ],
    lambda c: [(b"job", b'{"shop_id":"7494000000000000001","product_id":' + b"9" * c.randrange(1, 400) + b"}")],
    lambda c: [(b"job", b'{"shop_id":1e999,"product_id":"1"}')],
    lambda c: [(b"job", b'{"shop_id":"7494\xff","product_id":"1"}')],
    lambda c: [(b"job", b'{"shop_id":"\\ud800","product_id":"1"}')],
    lambda c: [(b"job", _job(shop_id="}{x"))],
    lambda c: [(b"job", _job(shop_id="7" * 25))],
    lambda c: [(b"job", _job(shop_id="٣"))],
    lambda c: [(b"job", _job(shop_id="404"))],
    lambda c: [(b"job", _job(shop_id={"a": []}))],
    lambda c: [(b"job", _job(product_id="1\x00"))],
    lambda c: [(b"job", _job(product_id="../../x"))],
    lambda c: [(b"job", _job(category_id="../orders"))],
    lambda c: [(b"job", _job(kind=c.choice([1, [], {}, "audit", "undo", "x" * 5000])))],
    lambda c: [(b"job", _job(**{c.choice(["catgory_id", "state", "attempts", "k", "__class__"]): "1"}))],
    lambda c: [(b"job", _job(attributes=c.choice(BAD_ATTRIBUTES)))],
    lambda c: [(b"job", _job(dry_run=c.choice([0, 1, "true"])))],
    lambda c: [(b"job", _job(run_id="x" * c.randrange(501, 5000)))],
    lambda c: [(b"jobs", _job())],
    lambda c: [(b"jobs", b"[]")],
    lambda c: [(b"jobs", orjson.dumps([{}] * 1001))],
    lambda c: [(b"job", _job()), (b"jobs", b"[" + _job() + b"]")],
    lambda c: [(b"job", _job()), (b"job", _job())],
    lambda c: [(b"Job", _job())],
    lambda c: [(b"entry_id", b"0-0"), (b"error", c.randbytes(20))],
    lambda c: [(str(n).encode(), b"x") for n in range(c.randrange(1, 300))],
)  # fmt: skip


async def feed(fleet: LocalFleet, entries: Iterator[Fed]) -> Seen:
    """Feeds all entries, never far ahead of the gateway, until the stream is empty."""
    seen, began = Seen(), time.monotonic()
    for batch in _batches(entries):
        async with fleet.redis.pipeline(transaction=False) as pipe:
            for each in batch:
                pipe.execute_command("XADD", INTAKE, "*", *(part for pair in each.fields for part in pair))
            await pipe.execute()
        seen.entries += len(batch)
        seen.good += sum(each.good for each in batch)
        seen.bad += sum(each.bad for each in batch)
        _measure(seen, fleet.gateway)
        while await fleet.redis.xlen(INTAKE) > MAX_WAITING:
            await asyncio.sleep(0.05)
            _measure(seen, fleet.gateway)
    async with asyncio.timeout(DONE_SECONDS):
        while await fleet.redis.xlen(INTAKE):
            await asyncio.sleep(0.05)
            _measure(seen, fleet.gateway)
    seen.seconds = time.monotonic() - began
    return seen


def _batches(entries: Iterator[Fed]) -> Iterator[list[Fed]]:
    batch, size = list[Fed](), 0
    for each in entries:
        batch.append(each)
        size += sum(len(value) for _, value in each.fields)
        if len(batch) >= 500 or size > LARGE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _measure(seen: Seen, gateway: Part) -> None:
    rss = resident_bytes(gateway.process.pid)
    # The first thousands of entries warm up the allocator and the interpreter.
    if seen.entries <= 5000:
        seen.gateway_rss_first = max(seen.gateway_rss_first, rss)
    seen.gateway_rss_most = max(seen.gateway_rss_most, rss)
    seen.gateway_rss_last = rss


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


async def count_rejected(fleet: LocalFleet, seen: Seen) -> None:
    """Counts the rejections; each must name its entry and the problem, and hold the raw bytes."""
    last = b"-"
    while batch := await fleet.redis.xrange(INTAKE_REJECTED, last, "+", count=20):
        for entry_id, fields in batch:
            assert fields[b"entry_id"], entry_id
            assert fields[b"error"], entry_id
            assert len(fields) > 2, fields
            assert len(fields[b"error"]) < 1000, fields[b"error"][:2000]
            seen.rejected_bytes_kept += sum(map(len, fields.values()))
            seen.errors[fields[b"error"].split(b":")[0].decode()[:40]] += 1
        last = b"(" + batch[-1][0]
    seen.rejected_jobs = seen.errors.total()


async def good_jobs_of(fleet: LocalFleet) -> Iterator[dict[str, str]]:
    """Valid jobs for products that no shop has, so that each ends as `gone` after one request."""
    shops = sorted(shop.decode() for shop in await fleet.redis.hkeys(SHOPS))
    return ({"shop_id": shops[n % len(shops)], "product_id": str(9 * 10**17 + n)} for n in itertools.count())


async def hostile_run(entries: int, large: int, seed: int, survived: Survived) -> None:
    """Feeds hostile entries while the shops' products are relisted, then checks conservation."""
    settings = {"default_rate": "2000", "max_rate": "10000", "audit_poll_seconds": "3", "max_jobs": "200"}
    simulator = ("--shops", "4", "--products", "200", "--unlimited")
    # On the terminal, a million refused entries would be a million log lines.
    with tempfile.TemporaryDirectory() as directory:
        fleet_of = LocalFleet(simulator, settings, log_file=Path(directory) / "log")
        async with fleet_of as fleet:
            await fleet.add_shops()
            await asyncio.gather(fleet.start_worker(), fleet.start_worker())
            await search_all(fleet)
            made = hostile_entries(seed, entries, await good_jobs_of(fleet), large)
            seen = await feed(fleet, made)
            assert fleet.gateway.process.returncode is None
            await until_done(fleet, DONE_SECONDS)
            await count_rejected(fleet, seen)
            assert seen.rejected_jobs == seen.bad, (seen.rejected_jobs, seen.bad, seen.errors)
            assert (await fleet.redis.xpending(INTAKE, GROUP))["pending"] == 0
            ended = await total(fleet)
            assert ended["gone"] == seen.good, (ended, seen.good)
            await assert_conserved(fleet, 0, strangers=seen.good)
            grown = seen.gateway_rss_last - seen.gateway_rss_first
            assert grown < MAX_GROWN_BYTES, seen
            log_bytes = fleet_of.log_file.stat().st_size if fleet_of.log_file else 0
            survived(
                f"{entries:,} hostile entries in the intake stream, {large} of them of 10 MB",
                promise="all valid ones done, all bad ones in relist:intake:rejected, memory flat",
                good_jobs_done=seen.good,
                bad_jobs_rejected=seen.rejected_jobs,
                entries_a_second=seen.entries / seen.seconds,
                gateway_rss_after_5000_MiB=seen.gateway_rss_first / 1024**2,
                gateway_rss_most_MiB=seen.gateway_rss_most / 1024**2,
                gateway_rss_end_MiB=seen.gateway_rss_last / 1024**2,
                redis_MiB=(await fleet.redis.info())["used_memory"] / 1024**2,
                log_MiB=log_bytes / 1024**2,
            )
            sys.stderr.write(f"{seen}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    survived = Survived("test_hostile_intake.py::a_million")
    asyncio.run(hostile_run(chosen.entries, chosen.large, chosen.seed, survived))


if __name__ == "__main__":
    main()
