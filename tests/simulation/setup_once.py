"""Settings of the process that runs worlds: no logs, and an order of sets that does not depend on addresses."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType
from typing import Any

import structlog

from worker.engine.held_shop import HeldShop

PROJECT = ("worker", "shop_queue", "redis_client", "producers", "rollout", "token_store", "tiktok_shop", "catalogue")


class _Silent:
    def __getattr__(self, name: str) -> Any:
        return lambda *args, **fields: None


def prepare_process() -> None:
    """Call it after the modules of the project are imported."""
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[], logger_factory=lambda *args: _Silent(), wrapper_class=None)
    # The engine keeps held shops in sets, which iterate in the order of the hashes.
    HeldShop.__hash__ = lambda shop: shop.lease.fence  # type: ignore[method-assign]
    for function in _functions():
        _replace_clocks(function)


def _wall() -> float:
    return time.time()


def _monotonic() -> float:
    return time.monotonic()


_CLOCKS = {time.time: _wall, time.monotonic: _monotonic}
"""A default such as `clock=time.monotonic` was bound at the import; these look the function up at every call."""


def _functions() -> Iterator[FunctionType]:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in PROJECT:
            continue
        for each in vars(module).values():
            if isinstance(each, FunctionType):
                yield each
            elif isinstance(each, type):
                yield from (method for method in vars(each).values() if isinstance(method, FunctionType))


def _replace_clocks(function: FunctionType) -> None:
    if function.__defaults__:
        function.__defaults__ = tuple(_clock(value) for value in function.__defaults__)
    if function.__kwdefaults__:
        function.__kwdefaults__ = {name: _clock(value) for name, value in function.__kwdefaults__.items()}


def _clock(value: Any) -> Any:
    return _CLOCKS.get(value, value) if isinstance(value, BuiltinFunctionType) else value
