"""Mutants that the simulation must find: `python -m tests.simulation.mutants [name...]`.

Each is one mistake in a script or a function of the product. It is applied in a forked process, never to a file.
"""

from __future__ import annotations

import importlib
import importlib.resources
import inspect
import os
import sys
import textwrap
from hashlib import sha1
from multiprocessing import get_context
from typing import Any

from redis_client.scripts import load_script
from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_decisions import DECISION_MUTANTS
from tests.simulation.mutants_of_guard import GUARD_MUTANTS
from tests.simulation.mutants_of_jobs import JOB_MUTANTS
from tests.simulation.mutants_of_lanes import LANE_MUTANTS
from tests.simulation.mutants_of_pipeline import PIPELINE_MUTANTS
from tests.simulation.mutants_of_queue import QUEUE_MUTANTS
from tests.simulation.mutants_of_rollout import ROLLOUT_MUTANTS
from tests.simulation.mutants_of_scripts import SCRIPT_MUTANTS
from tests.simulation.mutants_of_undo import UNDO_MUTANTS
from tests.simulation.search import Found, run_seeds

MAX_WORLDS = 500
SHARED_PARTS = ("clock", "waking", "products", "product_values")
"""Parts of other scripts (redis_client/scripts.py)."""

MUTANTS = (
    *QUEUE_MUTANTS,
    *SCRIPT_MUTANTS,
    *PIPELINE_MUTANTS,
    *JOB_MUTANTS,
    *GUARD_MUTANTS,
    *ROLLOUT_MUTANTS,
    *DECISION_MUTANTS,
    *LANE_MUTANTS,
    *UNDO_MUTANTS,
)


def put_in(mutant: Mutant) -> None:
    """Changes the running process. Raises ValueError if the text is not in the source."""
    if mutant.place.endswith(".lua"):
        _put_into_scripts(mutant)
        return
    target = _function(mutant)
    names = dict(target.__globals__)
    exec(compile(_mutated(mutant, target), mutant.place, "exec"), names)
    changed = names[target.__name__]
    changed = changed.fget if isinstance(changed, property) else inspect.unwrap(changed)
    target.__code__ = changed.__code__


def applies(mutant: Mutant) -> bool:
    """Whether its text is still in the source."""
    if mutant.place.endswith(".lua"):
        return all(mutant.before in load_script("shop_queue", name).text for name in _scripts(mutant))
    return mutant.before in textwrap.dedent(inspect.getsource(_function(mutant)))


def _function(mutant: Mutant) -> Any:
    """The function behind `module:Class.function`, or behind a property or a decorator."""
    module, _, path = mutant.place.partition(":")
    target: Any = importlib.import_module(module)
    for part in path.split("."):
        target = getattr(target, part)
    return target.fget if isinstance(target, property) else inspect.unwrap(target)


def _mutated(mutant: Mutant, target: Any) -> str:
    source = textwrap.dedent(inspect.getsource(target))
    if mutant.before not in source:
        raise ValueError(f"{mutant.name} is not in the source")
    return source.replace(mutant.before, mutant.after, 1)


def _put_into_scripts(mutant: Mutant) -> None:
    for name in _scripts(mutant):
        script = load_script("shop_queue", name)
        if mutant.before not in script.text:
            raise ValueError(f"{mutant.name} is not in the script")
        text = script.text.replace(mutant.before, mutant.after, 1)
        object.__setattr__(script, "text", text)
        object.__setattr__(script, "digest", sha1(text.encode(), usedforsecurity=False).hexdigest())


def _scripts(mutant: Mutant) -> list[str]:
    """The scripts that hold the text: clock.lua and waking.lua are parts of many."""
    name = mutant.place.removesuffix(".lua")
    if name not in SHARED_PARTS:
        return [name]
    folder = importlib.resources.files("shop_queue") / "lua"
    texts = {each.name.removesuffix(".lua"): each.read_text() for each in folder.iterdir()}
    return sorted(script for script, text in texts.items() if name in _parts(text))


def _parts(text: str) -> list[str]:
    return next((line.split()[2:] for line in text.splitlines() if line.startswith("-- uses:")), [])


def try_mutant(mutant: Mutant) -> tuple[Mutant, Found]:
    put_in(mutant)
    return mutant, run_seeds(mutant.kind, range(1, MAX_WORLDS + 1), most_failures=1)


def main(wanted: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not wanted or any(word in mutant.name for word in wanted)]
    survived = 0
    # Each mutant has a separate process, so that it does not affect the next.
    with get_context("fork").Pool(os.cpu_count() or 1, maxtasksperchild=1) as pool:
        for mutant, found in pool.imap_unordered(try_mutant, chosen):
            if found.failed:
                ((seed, problems),) = found.failed.items()
                print(f"found in world {found.worlds}: {mutant.name}\n    seed {seed}: {problems[0]}", flush=True)
            else:
                survived += 1
                print(f"SURVIVED {found.worlds} worlds: {mutant.name}", flush=True)
    print(f"{len(chosen)} mutants, {survived} survived")
    return int(bool(survived))


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation.mutants", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    sys.exit(main(sys.argv[1:]))
