"""Settings of the process that runs worlds: no logs, and an order of sets that does not depend on addresses."""

from __future__ import annotations

import logging
from typing import Any

import structlog

from worker.engine.held_shop import HeldShop


class _Silent:
    def __getattr__(self, name: str) -> Any:
        return lambda *args, **fields: None


def prepare_process() -> None:
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[], logger_factory=lambda *args: _Silent(), wrapper_class=None)
    # The engine keeps held shops in sets, which iterate in the order of the hashes.
    HeldShop.__hash__ = lambda shop: shop.lease.fence  # type: ignore[method-assign]
