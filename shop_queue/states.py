"""The state machines of a job, a shop and a lease: every move there is, in one place.

`SHOP` is handed to the scripts that change a shop's state. The moves of jobs and leases are what the lane and lease
scripts do; tests/integration/shop_queue/test_states.py drives each on a real server, and every pair that is not here,
and docs/state-machine.md is checked against these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

JobState = Literal["absent", "waiting", "urgent", "delayed", "in_flight", "changed", "blocked"]
"""Where a product's job is: in no lane; in one of the lane's three places; with the lease holder (`changed`: it got new
hints since it was claimed); in no lane and waiting for a person."""
JobEvent = Literal[
    "enqueue",
    "enqueue_hints",
    "enqueue_urgent",
    "enqueue_delayed",
    "claim",
    "finish",
    "finish_blocked",
    "go_on",
    "go_on_later",
    "hand_back",
    "take_over",
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
    ("in_flight", "finish"): "absent",
    ("in_flight", "finish_blocked"): "blocked",
    ("in_flight", "go_on"): "waiting",
    ("in_flight", "go_on_later"): "delayed",
    ("in_flight", "hand_back"): "urgent",
    ("in_flight", "take_over"): "urgent",
    ("changed", "finish"): "waiting",
    ("changed", "finish_blocked"): "waiting",
    ("changed", "go_on"): "waiting",
    ("changed", "go_on_later"): "waiting",
    ("changed", "hand_back"): "urgent",
    ("changed", "take_over"): "urgent",
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

LeaseState = Literal["none", "due", "resting", "held", "expired"]
"""Of a shop in the ready set: without work; takeable; with work for later; a worker's; a silent worker's."""
LeaseEvent = Literal[
    "wake", "wake_later", "time_passes", "take", "renew", "release_with_work", "release_later", "release_empty"
]
LEASE: Mapping[tuple[LeaseState, LeaseEvent], LeaseState] = {
    ("none", "wake"): "due",
    ("none", "wake_later"): "resting",
    ("resting", "wake"): "due",
    ("resting", "time_passes"): "due",
    ("held", "time_passes"): "expired",
    ("due", "take"): "held",
    ("expired", "take"): "held",
    ("expired", "renew"): "held",
    ("held", "release_with_work"): "due",
    ("expired", "release_with_work"): "due",
    ("held", "release_later"): "resting",
    ("expired", "release_later"): "resting",
    ("held", "release_empty"): "none",
    ("expired", "release_empty"): "none",
}


def shop_moves(event: ShopEvent) -> str:
    """What an event does to each state, for the scripts: `active=paused,parked=paused,...`."""
    return ",".join(f"{before}={after}" for (before, each), after in SHOP.items() if each == event)
