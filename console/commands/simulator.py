"""`relist simulator`: the command lives with the simulator, whose settings it lists."""

from __future__ import annotations

from simulator.command import simulator

__all__ = ["simulator"]
