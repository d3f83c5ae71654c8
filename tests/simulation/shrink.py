"""Delta debugging: makes the plan of a failing world as small as possible, in events, jobs and size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.simulation.plan import Event, Plan

MAX_WORLDS = 400
EXERCISES = ("exercise", "merges", "admissions", "guarded")
"""Events that call parts of the service directly."""


def kind_of(problem: str) -> str:
    """Problems with the same words before the colon are of one kind."""
    return problem.partition(":")[0]


def shrink(plan: Plan, problems_of: Callable[[Plan], tuple[str, ...]]) -> Plan:
    """The smallest plan found that still shows a problem of the same kind as the first one of `plan`."""
    wanted = kind_of(problems_of(plan)[0])
    left = MAX_WORLDS

    def fails(candidate: Plan) -> bool:
        nonlocal left
        left -= 1
        return left > 0 and any(kind_of(problem) == wanted for problem in problems_of(candidate))

    # What the service's own processes do is easier to follow than calls of nobody.
    without = replace(plan, events=tuple(event for event in plan.events if event.kind not in EXERCISES))
    if without != plan and without.events and fails(without):
        plan = without
    plan = _fewer_events(plan, fails)
    for smaller in _smaller_worlds:
        candidate = smaller(plan)
        if candidate != plan and fails(candidate):
            plan = candidate
    plan = _fewer_jobs(plan, fails)
    return _fewer_events(plan, fails)


def _fewer_events(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """Zeller's ddmin: removes ever smaller parts while the rest fails."""
    events, parts = list(plan.events), 2
    while len(events) >= 2:
        size = max(1, len(events) // parts)
        for first in range(0, len(events), size):
            rest = events[:first] + events[first + size :]
            if rest and fails(replace(plan, events=tuple(rest))):
                events, parts = rest, max(2, parts - 1)
                break
        else:
            if size == 1:
                break
            parts = min(len(events), parts * 2)
    return replace(plan, events=tuple(events))


def _fewer_jobs(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    events = list(plan.events)
    for index, event in enumerate(events):
        for number in range(1, event.number):
            if event.kind not in ("feed", *EXERCISES):
                break
            fewer = [*events[:index], replace(event, number=number), *events[index + 1 :]]
            if fails(replace(plan, events=tuple(fewer))):
                events = fewer
                break
    return replace(plan, events=tuple(events))


def _one_shop(plan: Plan) -> Plan:
    used = [number for number, shop in enumerate(plan.size.shops) if not _without(plan.events, shop)]
    if plan.size.products:
        # The simulated platform numbers its shops, so only the last ones can go.
        used = list(range(max(used, default=0) + 1))
    shops = tuple(plan.size.shops[number] for number in used) or plan.size.shops[:1]
    return replace(plan, size=replace(plan.size, shops=shops))


def _fewer_workers(plan: Plan) -> Plan:
    return replace(plan, size=replace(plan.size, workers=1)) if _without(plan.events, "worker 1") else plan


def _no_limits(plan: Plan) -> Plan:
    return replace(plan, size=replace(plan.size, rate=1e6, allowance=0, app_rate=0.0))


def _one_at_a_time(plan: Plan) -> Plan:
    return replace(plan, size=replace(plan.size, max_jobs=1))


def _no_relay(plan: Plan) -> Plan:
    return replace(plan, size=replace(plan.size, relays=False))


def _without(events: tuple[Event, ...], target: str) -> bool:
    return all(event.target != target for event in events)


_smaller_worlds = (_one_shop, _fewer_workers, _no_limits, _one_at_a_time, _no_relay)
