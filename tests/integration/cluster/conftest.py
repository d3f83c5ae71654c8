"""Replaces the single server by a cluster of three masters in this folder."""

from __future__ import annotations

import pytest


@pytest.fixture
def redis_topology() -> str:
    return "cluster"
