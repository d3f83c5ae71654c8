"""Reports what the rollout has stopped: its products wait until someone decides. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from console.diagnosis.finding import Finding, warning
from console.formatting import pluralize
from rollout.records import StopCause

MAX_NAMED = 5


def rollout_findings(causes: Sequence[StopCause], waiting: int) -> list[Finding]:
    """`waiting`: number of products in the state `waiting`, for this or another reason."""
    stopped = [each for each in causes if not each.under]
    if not stopped:
        return []
    named = "; ".join(f"{each.key}: {each.why}" for each in stopped[:MAX_NAMED])
    more = f"; and {len(stopped) - MAX_NAMED:,} more" if len(stopped) > MAX_NAMED else ""
    found = f"{named}{more} ({pluralize(waiting, 'product')} waiting)"
    fix = "relist rollout list shows examples; then relist rollout release, accept or undo CAUSE"
    return [warning("rollout", found, fix, "rollout_stopped")]
