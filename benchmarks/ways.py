"""Compares some ways of the whole job in interleaved rounds, to measure the effect of a code change.

    python -m benchmarks.ways floor ours --products 1500 --rounds 5

The result is not kept. `WAYS` in benchmarks/whole_job.py describes the ways.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.whole_job import WAYS, once, record


async def compare(ways: list[str], products: int, rounds: int) -> None:
    spent: dict[str, list[float]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory(prefix="relist-bench-") as name:
        calls = Path(name) / "calls"
        await record(calls, products)
        for number in range(rounds):
            for way in ways:
                cost = await once(way, calls, products)
                spent[way].append(cost.cpu_seconds / products * 1e6)
                redis_us = cost.redis_seconds / products * 1e6
                print(f"round {number + 1}: {way}: {spent[way][-1]:,.0f} µs, Redis {redis_us:,.0f} µs", flush=True)
    for way in ways:
        multiples = [own / base for own, base in zip(spent[way], spent[ways[0]], strict=True)]
        print(f"{way}: median {median(spent[way]):,.0f} µs, {median(multiples):.2f} times {ways[0]}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ways")
    parser.add_argument("ways", nargs="+", choices=WAYS, help="the first is the one that the others are compared with")
    parser.add_argument("--products", type=int, default=1_500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    asyncio.run(compare(options.ways, options.products, options.rounds))


if __name__ == "__main__":
    main()
