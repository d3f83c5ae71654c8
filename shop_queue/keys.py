"""Names of the queue's keys in Redis.

All keys of a shop share the hash tag `{shop_id}`, so each lane script stays on one Redis Cluster slot. The ready set
and its companions share another slot: `relist:shops:ready` hashes like the tag of the others. Every lane script gets
the same keys in the same order (`LaneKeys`).
"""

from __future__ import annotations

from typing import NamedTuple

READY = "relist:shops:ready"
"""Sorted set: shop -> server time in ms from which a worker may lease it."""
HOLDERS = "{relist:shops:ready}:holders"
"""Hash: shop -> `worker|fence` of its lease."""
FENCE = "{relist:shops:ready}:fence"
"""Counter that numbers the leases."""
WORKERS = "{relist:shops:ready}:workers"
"""Sorted set: worker -> server time in ms of its last heartbeat."""
PENDING_WAKES = "{relist:shops:ready}:wakes"
"""Hash: shop -> due time of work announced while the shop was leased."""
APP_RATES = "{relist:shops:ready}:app_rates"
"""Hash: worker -> its part of the ceiling for all shops, in thousandths of a request per second."""
CLOCK = "{relist:shops:ready}:clock"
"""Hash: `clock`, the latest server time in ms that a script saw, and `clock_offset` (lua/clock.lua)."""
READY_KEYS = (READY, HOLDERS, FENCE, WORKERS, PENDING_WAKES, APP_RATES, CLOCK)

SHOPS = "relist:shops"
"""Hash: shop -> its record (shop_queue/shop_registry.py)."""
OUTCOMES = "relist:outcomes"
RELAYED = "{relist:outcomes}:relayed"
"""Hash, on a cluster only: shop -> id, and `shop|position` -> position, of the last outbox entry that was relayed;
`shop|checkpoint` -> an id relayed earlier, and when (lua/relay.lua)."""
ENQUEUED = "relist:enqueued"
"""Hash: `producer|kind` -> number of jobs enqueued."""
CANARY = "relist:heartbeat"
"""Hash: `sent` and `ran`, server time in ms at which the last canary job was sent and at which one last ran."""
INTAKE = "relist:intake"
INTAKE_REJECTED = "relist:intake:rejected"
EPOCH = "relist:epoch"
"""Written once, at the first start; if it is gone, Redis was emptied (shop_queue/epoch.py)."""
SCHEMA = "relist:schema"
"""Version number of the data format in Redis (shop_queue/epoch.py)."""
WAKE_CHANNEL = "relist:wake"
CONTROL_CHANNEL = "relist:control"


class LaneKeys(NamedTuple):
    jobs: str
    """Hash: job id -> payload, for every job that waits, is delayed, or is in flight."""
    urgent: str
    waiting: str
    delayed: str
    """Sorted set: job id -> due time, server time in ms."""
    inflight: str
    """Sorted set: job ID -> claim time, server time in µs; the last digits encode the order within the claim."""
    control: str
    """Hash: state, reason, until, limit, pace (learned rates), fence, committed (last commit under that fence), and
    the clock of the lane (lua/clock.lua)."""
    counters: str
    """Hash: outcome -> count."""
    crashes: str
    """Hash: job id -> workers that died with it: the first while it was in flight, later ones after it had started.
    Negative while it runs again."""
    changed: str
    """Hash: in-flight job ID -> its change since the claim: `hints`, `event` (of a webhook) or `edit`."""
    blocked: str
    """Hash: product id -> record of its last outcome, if that was needs_input, rejected or failed."""
    outbox: str
    """Stream that receives the outcomes: `relist:outcomes`, or on a cluster the shop's own stream, which is relayed."""
    audits: str
    """Sorted set: product id in audit -> start of the audit, server time in ms."""
    accepted: str
    """Hash: unacknowledged intake entry whose jobs are in the lane -> IDs still to be merged."""
    overtaking: str
    """Set: jobs moved from `waiting` to `urgent`, until their next claim; their entries in `waiting` are stale. An
    empty member stays until both lists are empty."""
    deferrals: str
    """Hash: job ID -> number of times a consumer could not read the job, for example during a rolling upgrade."""
    products: str
    """Hash: known product -> its state in five characters (lua/product_values.lua)."""
    states: str
    """Hash: state -> number of known products in it; also answers per day (lua/product_values.lua)."""


def lane_keys(shop_id: str, *, own_outbox: bool = False) -> LaneKeys:
    base = f"relist:{{{shop_id}}}:"
    return LaneKeys(
        base + "jobs",
        base + "urgent",
        base + "waiting",
        base + "delayed",
        base + "inflight",
        base + "control",
        base + "counters",
        base + "interrupted",
        base + "merged",
        base + "blocked",
        base + "outbox" if own_outbox else OUTCOMES,
        base + "audits",
        base + "taken",
        base + "overtaking",
        base + "deferrals",
        base + "products",
        base + "states",
    )


def cancelled_key(shop_id: str, run_id: str) -> str:
    """Exists while an operator cancels this run of the shop; an empty run means all runs."""
    return f"relist:{{{shop_id}}}:cancelled:{run_id}"
