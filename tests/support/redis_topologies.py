"""Runs a test on a single Redis server and on a cluster."""

from __future__ import annotations

import pytest

ON_SERVER_AND_CLUSTER = pytest.mark.parametrize("redis_topology", ["server", "cluster"], indirect=True)
