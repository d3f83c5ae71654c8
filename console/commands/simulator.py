"""`relist simulator`: defined in the simulator's package, whose settings it lists."""

from __future__ import annotations

from simulator.command import simulator

__all__ = ["simulator"]
