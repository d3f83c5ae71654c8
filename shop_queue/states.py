"""The state machines of a job, a shop and a lease: every transition, in one place.

The scripts that change a shop's state receive the transitions of `SHOP`. `JOB` and `LEASE` document what the lane and
lease scripts do: tests/integration/shop_queue/test_states.py drives every event in every state on a real server, and
docs/state-machine.md is checked against these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

JobState = Literal["absent", "waiting", "urgent", "delayed", "in_flight", "changed", "blocked"]
"""`absent`: no job; `waiting`, `urgent`, `delayed`: in that part of the lane; `in_flight`: claimed by the consumer;
`changed`: in flight, with new hints since its claim; `blocked`: no job, and the product waits for a person."""
JobEvent = Literal[
    "enqueue",
    "enqueue_hints",
    "enqueue_urgent",
    "enqueue_delayed",
    "claim",
    "complete",
    "complete_blocked",
    "requeue",
    "requeue_delayed",
    "release",
    "recover",
    "defer",
]
JOB: Mapping[tuple[JobState, JobEvent], JobState] = {
    ("absent", "enqueue"): "waiting",
    ("absent", "enqueue_hints"): "waiting",
    ("absent", "enqueue_urgent"): "urgent",
    ("absent", "enqueue_delayed"): "delayed",
    ("blocked", "enqueue"): "waiting",
    ("blocked", "enqueue_hints"): "waiting",
    ("blocked", "enqueue_urgent"): "urgent",
    ("blocked", "enqueue_delayed"): "delayed",
    ("waiting", "enqueue_urgent"): "urgent",
    ("delayed", "enqueue_hints"): "waiting",
    ("delayed", "enqueue_urgent"): "urgent",
    ("in_flight", "enqueue_hints"): "changed",
    ("in_flight", "enqueue_urgent"): "changed",
    ("waiting", "claim"): "in_flight",
    ("urgent", "claim"): "in_flight",
    ("delayed", "claim"): "in_flight",
    ("in_flight", "complete"): "absent",
    ("in_flight", "complete_blocked"): "blocked",
    ("in_flight", "requeue"): "waiting",
    ("in_flight", "requeue_delayed"): "delayed",
    ("in_flight", "release"): "urgent",
    ("in_flight", "recover"): "urgent",
    ("in_flight", "defer"): "delayed",
    ("changed", "complete"): "waiting",
    ("changed", "complete_blocked"): "waiting",
    ("changed", "requeue"): "waiting",
    ("changed", "requeue_delayed"): "waiting",
    ("changed", "release"): "urgent",
    ("changed", "recover"): "urgent",
    ("changed", "defer"): "delayed",
}

ShopState = Literal["active", "paused", "parked"]
ShopEvent = Literal["pause", "resume", "park", "park_ends"]
SHOP: Mapping[tuple[ShopState, ShopEvent], ShopState] = {
    ("active", "pause"): "paused",
    ("parked", "pause"): "paused",
    ("paused", "pause"): "paused",
    ("paused", "resume"): "active",
    ("parked", "resume"): "active",
    ("active", "park"): "parked",
    ("parked", "park"): "parked",
    ("parked", "park_ends"): "active",
}

LeaseState = Literal["none", "ready", "backing_off", "held", "expired"]
"""`none`: no work; `ready`: due, without a worker; `backing_off`: has work for later; `held`: leased; `expired`: its
worker did not renew in time."""
LeaseEvent = Literal[
    "wake", "wake_later", "time_passes", "take", "renew", "release_with_work", "release_later", "release_empty"
]
LEASE: Mapping[tuple[LeaseState, LeaseEvent], LeaseState] = {
    ("none", "wake"): "ready",
    ("none", "wake_later"): "backing_off",
    ("backing_off", "wake"): "ready",
    ("backing_off", "time_passes"): "ready",
    ("held", "time_passes"): "expired",
    ("ready", "take"): "held",
    ("expired", "take"): "held",
    ("expired", "renew"): "held",
    ("held", "release_with_work"): "ready",
    ("expired", "release_with_work"): "ready",
    ("held", "release_later"): "backing_off",
    ("expired", "release_later"): "backing_off",
    ("held", "release_empty"): "none",
    ("expired", "release_empty"): "none",
}


def shop_transitions(event: ShopEvent) -> str:
    """The transitions of an event in the form the scripts read: `active=paused,parked=paused,...`."""
    return ",".join(f"{before}={after}" for (before, each), after in SHOP.items() if each == event)
