"""In this folder `redis` and `redis_url` are those of a cluster with three masters."""

from __future__ import annotations

import pytest


@pytest.fixture
def redis_topology() -> str:
    return "cluster"
