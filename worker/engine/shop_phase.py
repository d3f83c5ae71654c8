"""The state machine of a shop that this worker holds: its phases, and every transition between them.

docs/state-machine.md draws the table, and tests/unit/shop_queue/test_state_machine_page.py compares the two. An event
that is not listed for a phase changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal


class ShopPhase(StrEnum):
    ACTIVE = "active"
    """Jobs are claimed and started."""
    STALE = "stale"
    """The shop was changed. No job starts until the lane has been read again."""
    REREADING = "rereading"
    """The claim that reads the lane again is in progress."""
    DRAINING = "draining"
    """Nothing is claimed or started. Running jobs finish, then the shop is released and can be taken immediately."""
    HALTING = "halting"
    """Like draining, but the shop is paused or parked and waits for `HeldShop.release_delay` after the release."""
    QUARANTINED = "quarantined"
    """The lane is corrupted. Claimed jobs are forgotten, and the shop is released for a minute."""
    RELEASING = "releasing"
    """This process has no jobs or results of the shop left. The next round of the lease loop returns the lease."""
    RELEASED = "released"
    LOST = "lost"
    """The lease belongs to another worker, which runs uncommitted jobs again."""


PhaseEvent = Literal[
    "change", "reread", "reread_done", "reread_failed", "drain", "halt", "corrupt", "idle", "release", "lose"
]

HELD_SHOP: Mapping[tuple[ShopPhase, PhaseEvent], ShopPhase] = {
    (ShopPhase.ACTIVE, "change"): ShopPhase.STALE,
    (ShopPhase.REREADING, "change"): ShopPhase.STALE,
    (ShopPhase.STALE, "reread"): ShopPhase.REREADING,
    (ShopPhase.REREADING, "reread_done"): ShopPhase.ACTIVE,
    (ShopPhase.REREADING, "reread_failed"): ShopPhase.STALE,
    (ShopPhase.ACTIVE, "drain"): ShopPhase.DRAINING,
    (ShopPhase.STALE, "drain"): ShopPhase.DRAINING,
    (ShopPhase.REREADING, "drain"): ShopPhase.DRAINING,
    (ShopPhase.ACTIVE, "halt"): ShopPhase.HALTING,
    (ShopPhase.STALE, "halt"): ShopPhase.HALTING,
    (ShopPhase.REREADING, "halt"): ShopPhase.HALTING,
    (ShopPhase.DRAINING, "halt"): ShopPhase.HALTING,
    (ShopPhase.ACTIVE, "corrupt"): ShopPhase.QUARANTINED,
    (ShopPhase.STALE, "corrupt"): ShopPhase.QUARANTINED,
    (ShopPhase.REREADING, "corrupt"): ShopPhase.QUARANTINED,
    (ShopPhase.DRAINING, "corrupt"): ShopPhase.QUARANTINED,
    (ShopPhase.HALTING, "corrupt"): ShopPhase.QUARANTINED,
    (ShopPhase.ACTIVE, "idle"): ShopPhase.RELEASING,
    (ShopPhase.DRAINING, "idle"): ShopPhase.RELEASING,
    (ShopPhase.HALTING, "idle"): ShopPhase.RELEASING,
    (ShopPhase.QUARANTINED, "idle"): ShopPhase.RELEASING,
    (ShopPhase.RELEASING, "release"): ShopPhase.RELEASED,
    (ShopPhase.ACTIVE, "lose"): ShopPhase.LOST,
    (ShopPhase.STALE, "lose"): ShopPhase.LOST,
    (ShopPhase.REREADING, "lose"): ShopPhase.LOST,
    (ShopPhase.DRAINING, "lose"): ShopPhase.LOST,
    (ShopPhase.HALTING, "lose"): ShopPhase.LOST,
    (ShopPhase.QUARANTINED, "lose"): ShopPhase.LOST,
    (ShopPhase.RELEASING, "lose"): ShopPhase.LOST,
}
OPEN = frozenset({ShopPhase.ACTIVE, ShopPhase.STALE, ShopPhase.REREADING})
"""Phases in which jobs are claimed."""


def next_phase(phase: ShopPhase, event: PhaseEvent) -> ShopPhase:
    return HELD_SHOP.get((phase, event), phase)
