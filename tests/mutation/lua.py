"""Mutants of the lane scripts, which mutmut cannot mutate: `python -m tests.mutation.lua [--survivors] [script...]`.

Each mutant has one small mistake: a comparison reversed, a number off by one, the other end of a list, a command left
out. It is killed if a test on a real server fails. The results go to `mutants/lua.json`. With `--survivors` only the
mutants that survived according to that file are tried again, for example after new tests.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

ROOT = Path(__file__).parents[2]
WORK = ROOT / "mutants" / "lua"
RESULTS = ROOT / "mutants" / "lua.json"
COPIED = ("config", "shop_queue", "tiktok_shop", "worker", "producers", "gateway", "console", "simulator", "tests")
FILES = (
    "lane",
    "enqueue",
    "commit",
    "consumer_replies",
    "audits",
    "events_in_flight",
    "states",
    "one_corrupt_lane_among_others",
    "fenced_park",
)
QUEUE_TESTS = tuple(f"tests/integration/shop_queue/test_{name}.py" for name in FILES)
LEASE_TESTS = (*QUEUE_TESTS, "tests/integration/shop_queue/test_leases.py")
LANE_TESTS = (
    *QUEUE_TESTS,
    "tests/integration/producers/test_intake.py",
    "tests/integration/shop_queue/test_lane_model.py",
    "tests/integration/shop_queue/test_corrupt_lane.py",
)
"""Slowest last, because most mutants are killed earlier."""
TESTS = {
    "claim": LANE_TESTS,
    "commit": LANE_TESTS,
    "enqueue": LANE_TESTS,
    "merge": LANE_TESTS,
    "open": LANE_TESTS,
    "start": QUEUE_TESTS,
    "state": QUEUE_TESTS,
    "release": LEASE_TESTS,
    "renew": LEASE_TESTS,
    "take": LEASE_TESTS,
    "wake": LEASE_TESTS,
}
"""stats.lua changes nothing and relay.lua runs on a cluster only: their own tests suffice."""
SWAPS = (
    (r" == ", " ~= "),
    (r" ~= ", " == "),
    (r" > ", " >= "),
    (r" >= ", " > "),
    (r" < ", " <= "),
    (r" <= ", " < "),
    (r" and ", " or "),
    (r" or ", " and "),
    (r"\bnot ", ""),
    (r" \+ ", " - "),
    (r" - ", " + "),
    (r"\b1\b", "2"),
    (r"\b0\b", "1"),
    (r"math\.max", "math.min"),
    (r"math\.min", "math.max"),
    (r"math\.ceil", "math.floor"),
    (r"'LPUSH'", "'RPUSH'"),
    (r"'RPUSH'", "'LPUSH'"),
)
COMMAND = re.compile(r"^\s*redis\.call\(.*\)$")
HANGS_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Mutant:
    script: str
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Ended:
    mutant: Mutant
    killed: bool
    hung: bool = False


def mutants_of(script: str, text: str) -> Iterator[Mutant]:
    """Every mutant of a script; line numbers start at 1."""
    for number, line in enumerate(text.splitlines(), 1):
        code = line.partition("--")[0]
        if COMMAND.match(code):
            yield Mutant(script, number, line, re.sub(r"\S.*", "do end", line))
        for pattern, instead in SWAPS:
            for found in re.finditer(pattern, code):
                after = line[: found.start()] + instead + line[found.end() :]
                yield Mutant(script, number, line, after)


def with_mutant(text: str, mutant: Mutant) -> str:
    lines = text.splitlines()
    lines[mutant.line - 1] = mutant.after
    return "\n".join(lines) + "\n"


def run_tests(script: str) -> tuple[bool, bool]:
    """Returns whether a test failed and whether the run hung. Forks a child that has all modules imported."""
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        os._exit(
            int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants", *TESTS[script]]))
        )
    deadline = time.monotonic() + HANGS_SECONDS
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) != 0, False
        if time.monotonic() > deadline:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return True, True
        time.sleep(0.02)


def work_there() -> None:
    """Works in a copy of the project, which takes precedence over the installed one."""
    shutil.rmtree(WORK, ignore_errors=True)
    for name in COPIED:
        shutil.copytree(ROOT / name, WORK / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", WORK)
    os.chdir(WORK)
    sys.path.insert(0, str(WORK))
    for name in [each for each in sys.modules if each.partition(".")[0] == "tests"]:
        del sys.modules[name]


def killed_before(known: list[dict[str, Any]]) -> dict[Mutant, Ended]:
    """Results of one script, in the format of `RESULTS`."""
    ends = [Ended(Mutant(**each["mutant"]), each["killed"], each["hung"]) for each in known]
    return {end.mutant: end for end in ends if end.killed}


def main(arguments: list[str]) -> None:
    work_there()
    scripts = [each for each in arguments if each != "--survivors"]
    known = orjson.loads(RESULTS.read_bytes()) if RESULTS.exists() else {}
    for script in scripts or list(TESTS):
        path = WORK / "shop_queue" / "lua" / f"{script}.lua"
        text = path.read_text()
        failed, _ = run_tests(script)
        if failed:
            raise SystemExit(f"the tests of {script}.lua fail without a mutant")
        before = killed_before(known.get(script, [])) if "--survivors" in arguments else {}
        ends = []
        for mutant in mutants_of(script, text):
            if mutant in before:
                ends.append(before[mutant])
                continue
            path.write_text(with_mutant(text, mutant))
            ends.append(Ended(mutant, *run_tests(script)))
        path.write_text(text)
        known[script] = [asdict(end) for end in ends]
        RESULTS.write_bytes(orjson.dumps(known, option=orjson.OPT_INDENT_2))
        survivors = [end.mutant for end in ends if not end.killed]
        print(f"{script}.lua: {len(ends)} mutants, {len(survivors)} survived", flush=True)  # noqa: T201
        for each in survivors:
            print(f"  {each.line}: {each.after.strip()}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
