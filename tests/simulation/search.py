"""Runs many worlds in several processes, by a range of seeds or for a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from tests.simulation.pipeline.plans import draw_pipeline_plan
from tests.simulation.pipeline.worlds import PipelineWorld
from tests.simulation.plan import Plan, draw_plan
from tests.simulation.setup_once import prepare_process
from tests.simulation.worlds import MakeWorld, World, run_world


@dataclass(slots=True)
class Found:
    """The result of a number of worlds."""

    worlds: int = 0
    events: int = 0
    steps: int = 0
    commands: int = 0
    seconds: float = 0.0
    """Virtual."""
    cpu_seconds: float = 0.0
    latest: float = 0.0
    """The longest time from the last fault to the end of the work."""
    failed: dict[int, tuple[str, ...]] | None = None
    """Seed -> problems."""

    def add(self, other: Found) -> None:
        self.worlds += other.worlds
        self.events += other.events
        self.steps += other.steps
        self.commands += other.commands
        self.seconds += other.seconds
        self.cpu_seconds += other.cpu_seconds
        self.latest = max(self.latest, other.latest)
        self.failed = {**(self.failed or {}), **(other.failed or {})}


def run_seeds(kind: str, seeds: Iterable[int], most_failures: int = 1_000_000) -> Found:
    """Runs these worlds in this process."""
    prepare_process()
    worlds = KINDS[kind]
    began, found = time.process_time(), Found(failed={})
    for seed in seeds:
        report = run_world(worlds.draw(seed), make=worlds.make)
        found.worlds += 1
        found.events += len(report.plan.events)
        found.steps += report.steps
        found.commands += report.commands
        found.seconds += report.seconds
        found.latest = max(found.latest, report.late_by)
        if report.problems:
            assert found.failed is not None
            found.failed[seed] = report.problems
            if len(found.failed) >= most_failures:
                break
    found.cpu_seconds = time.process_time() - began
    return found


def search(kind: str, seeds: range, processes: int, *, batch: int = 20) -> Iterator[Found]:
    """Yields the results of each batch of worlds as the batches end."""
    if processes <= 1:
        for first in range(seeds.start, seeds.stop, batch):
            yield run_seeds(kind, range(first, min(first + batch, seeds.stop)))
        return
    with ProcessPoolExecutor(processes) as pool:
        batches = [
            pool.submit(run_seeds, kind, range(first, min(first + batch, seeds.stop)))
            for first in range(seeds.start, seeds.stop, batch)
        ]
        for each in as_completed(batches):
            yield each.result()


@dataclass(frozen=True, slots=True)
class WorldKind:
    draw: Callable[[int], Plan]
    make: MakeWorld


KINDS: dict[str, WorldKind] = {
    "queue": WorldKind(draw_plan, World),
    "pipeline": WorldKind(draw_pipeline_plan, PipelineWorld),
}
"""Kinds of worlds: the queue with the engine, and the whole pipeline."""
