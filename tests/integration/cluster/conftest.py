"""Fixtures of this folder: a cluster of three masters replaces the single server."""

from __future__ import annotations

import pytest


@pytest.fixture
def redis_topology() -> str:
    return "cluster"
