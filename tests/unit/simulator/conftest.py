from __future__ import annotations

from typing import Any

import pytest

from simulator.options import SimulatorOptions
from simulator.world import World

STARTED_AT = 1_795_000_000


@pytest.fixture(scope="session")
def world() -> World:
    """A shared world; tests must not change it."""
    return World(SimulatorOptions(seed=7, shops=2, products=6000, started_at=STARTED_AT))


@pytest.fixture(scope="session")
def population(world: World) -> list[dict[str, Any]]:
    """Shared products; tests must not change them."""
    return [world.make(world.shops[0], index) for index in range(2000)]
