"""A shrunk plan still fails, and no event of it can be removed."""

from __future__ import annotations

from tests.simulation.plan import Event, Plan, Size
from tests.simulation.shrink import shrink


def events_of(plan: Plan) -> list[tuple[str, str, int]]:
    return [(event.kind, event.target, event.number) for event in plan.events]


def test_only_the_events_that_the_problem_needs_are_left() -> None:
    noise = [Event(n / 10, "kill", f"worker {n % 3}") for n in range(30)]
    needed = [Event(0.35, "feed", "7000", number=6), Event(1.55, "cut", "worker 0")]
    plan = Plan(1, Size(workers=3, rate=8.0), tuple(sorted([*noise, *needed], key=lambda event: event.at)))

    def problems_of(candidate: Plan) -> tuple[str, ...]:
        fed = any(event.kind == "feed" and event.number >= 2 for event in candidate.events)
        return ("liveness: stuck",) if fed and ("cut", "worker 0", 0) in events_of(candidate) else ()

    small = shrink(plan, problems_of)
    assert events_of(small) == [("feed", "7000", 2), ("cut", "worker 0", 0)]
    assert (small.size.workers, small.size.rate, small.size.shops) == (1, 1e6, ("7000",))


def test_another_kind_of_problem_does_not_count() -> None:
    plan = Plan(1, Size(), (Event(0.0, "feed", "7000", number=1), Event(1.0, "kill", "worker 0")))

    def problems_of(candidate: Plan) -> tuple[str, ...]:
        return ("fencing: x",) if len(candidate.events) == 2 else ("liveness: y",)

    assert len(shrink(plan, problems_of).events) == 2
