"""The names of everything the queue keeps in Redis.

All keys of a shop share the hash tag `{shop_id}`, so each lane script stays on one Redis Cluster slot; the ready set
and its companions share another (`relist:shops:ready` hashes as the tag of the others does). A lane script is always
given the same keys in the same order (`LaneKeys`).
"""

from __future__ import annotations

from typing import NamedTuple

READY = "relist:shops:ready"
"""Sorted set: shop -> server time in ms from which a worker may take it."""
HOLDERS = "{relist:shops:ready}:holders"
"""Hash: shop -> `worker|fence` of its lease."""
FENCE = "{relist:shops:ready}:fence"
"""Counter that numbers the leases."""
WORKERS = "{relist:shops:ready}:workers"
"""Sorted set: worker -> server time in ms of its last heartbeat."""
WAKES = "{relist:shops:ready}:wakes"
"""Hash: shop -> due time of work that came while the shop was leased."""
APP_RATES = "{relist:shops:ready}:app_rates"
"""Hash: worker -> thousandths of a request a second granted to it of the ceiling over all shops."""
READY_KEYS = (READY, HOLDERS, FENCE, WORKERS, WAKES, APP_RATES)

SHOPS = "relist:shops"
"""Hash: shop -> its record (shop_queue/shop_registry.py)."""
OUTCOMES = "relist:outcomes"
RELAYED = "{relist:outcomes}:relayed"
"""Hash, on a cluster only: shop -> id of the last entry of its outbox that is in `relist:outcomes`."""
ENQUEUED = "relist:enqueued"
"""Hash: `producer|kind` -> jobs put into lanes."""
HEARTBEAT = "relist:heartbeat"
"""Hash: `sent` and `ran`, server time in ms: when the last heartbeat was sent, and when one last ran."""
INTAKE = "relist:intake"
INTAKE_REJECTED = "relist:intake:rejected"
WAKE_CHANNEL = "relist:wake"
CONTROL_CHANNEL = "relist:control"


class LaneKeys(NamedTuple):
    jobs: str
    """Hash: job id -> payload; holds every job that waits, is delayed, or runs."""
    urgent: str
    waiting: str
    delayed: str
    """Sorted set: job id -> due, server time in ms."""
    inflight: str
    """Sorted set: job id -> when it was claimed."""
    control: str
    """Hash: state, reason, until, limit, pace, fence, committed (the number of the last commit under that fence)."""
    counters: str
    """Hash: outcome -> how often."""
    interrupted: str
    """Hash: job id -> how many workers died: the first holding it, the others after they had started it; below zero
    while it is started again."""
    merged: str
    """Hash: in-flight job ids that changed since they were claimed -> `hints` or, of an audit, another `edit`."""
    blocked: str
    """Hash: product id -> the last outcome that needs somebody (needs_input, rejected, failed)."""
    outbox: str
    """Stream the outcomes go to: `relist:outcomes` itself, or on a cluster the shop's own, relayed."""
    audits: str
    """Sorted set: product id whose edit is under audit -> since when, server time in ms."""
    taken: str
    """Hash: entry of the intake stream whose jobs are in the lane, until it is acknowledged -> ids still to merge."""


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
    )
