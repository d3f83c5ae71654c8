"""Judges clock offsets. Pure."""

from __future__ import annotations

from console.diagnosis.finding import Finding, failure, ok, warning

MAX_BEHIND_SECONDS, MAX_AHEAD_SECONDS = 300.0, 30.0
"""The platform rejects request timestamps further from its own clock."""
MAX_REDIS_OFFSET_SECONDS = 1.0
MAX_CLOCK_ERROR_SECONDS = 86_400.0
"""Beyond this offset, workers and gateways do not start (http_server/clock_check.py)."""
IN_SYNC = "in sync with this machine"


def judge_platform_clock(what: str, ahead: float) -> Finding:
    """`ahead`: seconds by which this machine's clock is ahead of the platform's."""
    if ahead > MAX_AHEAD_SECONDS or ahead < -MAX_BEHIND_SECONDS:
        text = f"this machine is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}"
        return failure(what, text, "run NTP: the platform rejects requests signed with the wrong time", "clock")
    if abs(ahead) > MAX_AHEAD_SECONDS / 3:
        return warning(what, f"{abs(ahead):.0f} s apart", "run NTP before the offset grows")
    return ok(what, IN_SYNC)


def judge_redis_clock(server: float, here: float) -> Finding:
    """Compare the Redis server's Unix time with this machine's."""
    offset = abs(server - here)
    if offset > MAX_CLOCK_ERROR_SECONDS:
        fix = "set the clock that is wrong (NTP): no worker or gateway starts with such a difference"
        return failure("Redis clock", f"{offset / 86_400:,.0f} days apart from this machine", fix, "clock")
    if offset > MAX_REDIS_OFFSET_SECONDS:
        fix = "run NTP on both; leases use the server's clock and are not affected, but log times are"
        return warning("Redis clock", f"{offset:.1f} s apart from this machine", fix)
    return ok("Redis clock", IN_SYNC)
