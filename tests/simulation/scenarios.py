"""Findings as small worlds: each plan holds today, and fails with the mistake that was found (docs/reliability.md).

`python -m tests.simulation.scenarios` runs all of them, without and with their mistake.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from multiprocessing import get_context

from tests.simulation.mutants import Mutant, put_in
from tests.simulation.plan import Event, Plan, Size
from tests.simulation.setup_once import prepare_process
from tests.simulation.worlds import run_world


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    story: str
    plan: Plan
    mistake: Mutant


SCENARIOS = (
    Scenario(
        "C1",
        "no edit of a shop's products gets an answer, while another shop works",
        Plan(
            1,
            Size(workers=1, shops=("7000", "7001"), max_jobs=2),
            (
                Event(0.0, "lost_answer", "7000", number=1_000_000),
                Event(0.0, "feed", "7000", number=3),
                Event(0.0, "feed", "7001", number=6),
            ),
        ),
        Mutant("worker.engine.outages:Outages.scope", 'return "job"', 'return "api"'),
    ),
    Scenario(
        "C7",
        "the clock of Redis steps back and a worker dies",
        Plan(
            7,
            Size(workers=2, shops=("7000", "7001"), lease_seconds=2.0, rate=8.0),
            (
                Event(0.0, "feed", "7000", number=6),
                Event(0.0, "feed", "7001", number=6),
                Event(0.3, "server_clock", seconds=-300.0),
                Event(0.4, "kill", "worker 0", seconds=1.5),
            ),
        ),
        Mutant("clock.lua", "if server < latest then now = math.max(latest, server + offset) end", ""),
    ),
    Scenario(
        "C8",
        "the server of a cluster's outcomes fails over and loses its last writes",
        Plan(
            8,
            Size(workers=1, shops=("7000",), max_jobs=2, relays=True),
            (
                Event(0.0, "feed", "7000", number=6),
                Event(1.0, "failover", seconds=0.9, what="outcomes"),
            ),
        ),
        Mutant("relay.lua", "is_old and old_id or ''", "seen_id"),
    ),
    Scenario(
        "C9",
        "a worker loses the replies of the claims that empty a lane",
        Plan(
            9,
            Size(workers=1, shops=("7000",), max_jobs=8),
            (
                Event(0.0, "feed", "7000", number=70),
                Event(0.1, "deafen", "7000", seconds=2.5, what="claim"),
            ),
        ),
        Mutant("worker.engine.claims:Claims._unclear", "shop.waiting = max(1, shop.waiting)", "pass"),
    ),
)


def problems_of(scenario: Scenario, *, with_mistake: bool) -> tuple[str, ...]:
    """Run it in a separate process, because the mistake stays in the process."""
    prepare_process()
    if with_mistake:
        put_in(scenario.mistake)
    return run_world(scenario.plan).problems


def _run(job: tuple[int, bool]) -> tuple[int, bool, tuple[str, ...]]:
    number, with_mistake = job
    return number, with_mistake, problems_of(SCENARIOS[number], with_mistake=with_mistake)


def main() -> int:
    wrong = 0
    jobs = [(number, mistake) for number in range(len(SCENARIOS)) for mistake in (False, True)]
    with get_context("fork").Pool(os.cpu_count() or 1, maxtasksperchild=1) as pool:
        for number, with_mistake, problems in pool.imap(_run, jobs):
            scenario = SCENARIOS[number]
            is_right = bool(problems) == with_mistake
            wrong += not is_right
            how = "with the mistake" if with_mistake else scenario.story
            found = "; ".join(problems) or "all oracles hold"
            print(f"{'ok   ' if is_right else 'WRONG'} {scenario.name}, {how}: {found}")
    print(f"{len(SCENARIOS)} scenarios, {wrong} wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation.scenarios"],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    sys.exit(main())
