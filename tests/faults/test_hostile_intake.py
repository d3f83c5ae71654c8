"""Hostile intake entries mixed with valid ones; RELIST_HOSTILE_ENTRIES sets their number."""

from __future__ import annotations

import os

import pytest

from tests.support.hostile_entries import hostile_run
from tests.support.survived import Survived

ENTRIES = int(os.environ.get("RELIST_HOSTILE_ENTRIES", "20000"))
SEED = 20261125


@pytest.mark.slow
async def test_hostile_entries_are_kept_and_stop_nothing(survived: Survived) -> None:
    await hostile_run(ENTRIES, max(3, ENTRIES // 50_000), SEED, survived)
