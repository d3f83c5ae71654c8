"""Findings as small worlds: each plan passes today, and fails with the original mistake (docs/reliability.md).

`python -m tests.simulation.scenarios` runs all of them, without and with their mistake.
"""

from __future__ import annotations

import os
import sys
from multiprocessing import get_context

from tests.simulation.mutants import put_in
from tests.simulation.scenario_table import SCENARIOS, Scenario
from tests.simulation.search import KINDS
from tests.simulation.setup_once import prepare_process
from tests.simulation.worlds import run_world


def problems_of(scenario: Scenario, *, with_mistake: bool) -> tuple[str, ...]:
    """Run it in a separate process, because the mistake stays in the process."""
    prepare_process()
    if with_mistake:
        put_in(scenario.mistake)
    return run_world(scenario.plan, make=KINDS[scenario.kind].make).problems


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
