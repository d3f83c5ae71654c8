from __future__ import annotations

import pytest

from simulator.options import SimulatorOptions
from simulator.world import World

STARTED_AT = 1_795_000_000


@pytest.fixture(scope="session")
def world() -> World:
    """To look at, not to change."""
    return World(SimulatorOptions(seed=7, shops=2, products=6000, started_at=STARTED_AT))
