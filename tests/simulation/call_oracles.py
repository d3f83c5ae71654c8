"""Promises about the number of calls that were sent to the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.platform import most_in_a_second

if TYPE_CHECKING:
    from tests.simulation.worlds import World

DEAFENING = frozenset(
    {"cut", "freeze", "slow_network", "redis_down", "redis_restart", "failover", "loss", "burst", "deafen", "kill"}
)
"""Faults by which a worker may miss that a limit was set."""
HEARD_SECONDS = 1.5
MAX_THROTTLED, THROTTLED_SHARE = 10, 0.3
SLACK = 3
"""A late caller catches up by half an interval, and a new holder of a shop starts its own spacing."""


def limits_are_kept(world: World) -> list[str]:
    """An operator's limit applies as soon as every worker knows it."""
    if DEAFENING & {event.kind for event in world.plan.events}:
        return []
    problems = []
    for shop, (since, limit) in world.limits.items():
        for access in ("read", "write"):
            most = most_in_a_second([at for at in world.platform.calls[shop, access] if at > since + HEARD_SECONDS])
            if most > limit + SLACK:
                problems.append(f"allowance: {most} {access} calls in a second for shop {shop}, the limit is {limit:g}")
    return problems


def throttled_seldom(world: World) -> list[str]:
    """A throttled worker slows down: it finds the allowance instead of exceeding it repeatedly."""
    allowance, platform = world.plan.size.allowance, world.platform
    if not allowance:
        return []
    problems = []
    for shop, throttled in platform.throttled.items():
        calls = sum(len(platform.calls[shop, access]) for access in ("read", "write"))
        if throttled > MAX_THROTTLED + calls * THROTTLED_SHARE:
            problems.append(f"throttled: {throttled} of {calls} calls for shop {shop} were throttled")
    return problems


def within_allowance(world: World) -> list[str]:
    size, platform = world.plan.size, world.platform
    if size.rate > 1e5 or world.redis_lost_writes or world.clock_stepped:
        return []
    problems = []
    for (shop, access), times in platform.calls.items():
        most = most_in_a_second(times)
        if most > size.rate + SLACK:
            problems.append(
                f"allowance: {most} {access} calls in a second for shop {shop}, at most {size.rate:g} may be sent"
            )
    if size.app_rate:
        most = most_in_a_second(sorted(at for times in platform.calls.values() for at in times))
        if most > size.app_rate + SLACK * size.workers:
            problems.append(f"allowance: {most} calls in a second in all, at most {size.app_rate:g} may be sent")
    return problems
