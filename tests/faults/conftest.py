"""Fixtures for the fault tests."""

from __future__ import annotations

import pytest

from tests.support.survived import Survived


@pytest.fixture
def survived(request: pytest.FixtureRequest) -> Survived:
    return Survived(request.node.nodeid.removeprefix("tests/faults/"))
