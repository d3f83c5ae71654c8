"""Parts of a worker that fail, for tests of the consequences of failures around an edit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from worker.engine.observer import Observer
from worker.guarded_observers import EVENTS


class Broken(Observer):
    """An observer that raises on every event."""


def _fail(*_: Any) -> None:
    raise OSError(28, "No space left on device")


for _event in EVENTS:
    setattr(Broken, _event, _fail)


def failing(times: int | None, error: Exception, original: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A function that raises a given number of times, or always."""
    left = [times]

    def call(*arguments: Any, **named: Any) -> Any:
        if left[0] is None or left[0] > 0:
            left[0] = None if left[0] is None else left[0] - 1
            raise error
        return original(*arguments, **named) if original else None

    return call


@contextlib.contextmanager
def broken_log(monkeypatch: pytest.MonkeyPatch) -> Any:
    for level in ("debug", "info", "warning", "error", "exception"):
        for module in ("worker.job_log", "worker.engine.job_runs", "worker.engine.outages"):
            monkeypatch.setattr(f"{module}.log.{level}", _fail, raising=False)
    yield
