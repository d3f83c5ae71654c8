"""`python -m tests.simulation`: searches worlds, prints the story of a seed, and shrinks it
(tests/simulation/README.md).
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.simulation.plan import Plan
from tests.simulation.search import KINDS, Found, WorldKind, search
from tests.simulation.setup_once import prepare_process
from tests.simulation.shrink import shrink
from tests.simulation.telling import TERMS, promise_of, sentence, world_of
from tests.simulation.worlds import run_world

MAX_SHOWN = 10
BATCHES_BY_TIME = 100_000


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    options.add_argument("--worlds", default="queue", choices=sorted(KINDS), help="the kind of worlds")
    options.add_argument("--seeds", default="1-1000", help="a range such as 1-1000")
    options.add_argument("--seconds", type=float, help="search for so long, from the first seed on")
    options.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options.add_argument("--seed", type=int, nargs="+", help="run these worlds and print their plans and stories")
    options.add_argument("--shrink", type=int, metavar="SEED", help="shrink a failing world and print its story")
    given = options.parse_args()
    worlds = KINDS[given.worlds]
    if given.seed is not None:
        return max(_tell(worlds, worlds.draw(seed)) for seed in given.seed)
    if given.shrink is not None:
        return _shrink(worlds, worlds.draw(given.shrink))
    first, _, last = given.seeds.partition("-")
    stop = int(first) + BATCHES_BY_TIME if given.seconds else int(last or first) + 1
    return _search(given.worlds, range(int(first), stop), given.processes, given.seconds)


def _search(kind: str, seeds: range, processes: int, seconds: float | None) -> int:
    began, found = time.monotonic(), Found(failed={})
    chunk = 20 * processes
    starts = range(seeds.start, seeds.stop, chunk) if seconds else [seeds.start]
    for start in starts:
        stop = min(start + chunk, seeds.stop) if seconds else seeds.stop
        for part in search(kind, range(start, stop), processes):
            found.add(part)
            for seed, problems in (part.failed or {}).items():
                print(f"seed {seed}: {'; '.join(problems[:3])}", flush=True)
        if seconds and time.monotonic() - began >= seconds:
            break
    took = time.monotonic() - began
    failed = sorted(found.failed or {})
    print(
        f"{found.worlds} worlds, {len(failed)} with a problem; {found.events:,} events, {found.steps:,} steps,"
        f" {found.commands:,} Redis commands, {found.seconds:,.0f} virtual seconds in {took:.0f} s"
        f" ({found.worlds / max(found.cpu_seconds, 0.001):.1f} worlds per CPU second);"
        f" the latest end came {found.latest:.1f} s after the last fault"
    )
    if failed:
        print(f"\nthe first of them, shrunk (make simulate SHRINK={failed[0]} WORLDS={kind}):\n")
        _shrink(KINDS[kind], KINDS[kind].draw(failed[0]))
    return int(bool(failed))


def _tell(worlds: WorldKind, plan: Plan) -> int:
    prepare_process()
    report = run_world(plan, is_told=True, make=worlds.make)
    print(f"World {plan.seed}")
    for line in (*world_of(plan), "", *TERMS):
        print(f"  {line}")
    print(f"\nThe plan has {len(plan.events)} event{'s' * (len(plan.events) != 1)}:")
    for event in plan.events:
        print(f"  {event.at:9.4f} s  {sentence(event)}")
    print("\nWhat happened (*** is an event of the plan; w1.0 is worker 1, w1.1 the same after a restart):")
    for line in report.story:
        print(f"  {line}")
    print()
    told = set[str]()
    for problem in report.problems[:MAX_SHOWN]:
        print(f"PROBLEM {problem}")
        promise = promise_of(problem)
        if promise and promise not in told:
            told.add(promise)
            print(f"        promised: {promise}")
    if len(report.problems) > MAX_SHOWN:
        print(f"and {len(report.problems) - MAX_SHOWN} more")
    print(f"{'failed' if report.problems else 'all oracles hold'}; steps {report.steps}, digest {report.digest}")
    return int(bool(report.problems))


def _shrink(worlds: WorldKind, plan: Plan) -> int:
    prepare_process()
    if not run_world(plan, make=worlds.make).problems:
        print(f"seed {plan.seed}: all oracles hold; there is nothing to shrink")
        return 0
    return _tell(worlds, shrink(plan, lambda candidate: run_world(candidate, make=worlds.make).problems))


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Sets of strings iterate in the order of their hashes, which differ between processes.
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    sys.exit(main())
