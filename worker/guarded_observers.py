"""Catches errors of observers, so that no metric or log line can change the result of a job or call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from config.metrics.series import family
from worker.engine.observer import Observer

EVENTS = tuple(name for name in vars(Observer) if not name.startswith("_"))


class GuardedObservers(Observer, Collector):
    """Passes every event to each observer. Errors are counted by type (`relist_observer_errors_total`)."""

    def __init__(self, *observers: Observer) -> None:
        self.errors: Counter[str] = Counter()
        for event in EVENTS:
            targets = [getattr(observer, event) for observer in observers if overrides(observer, event)]
            setattr(self, event, partial(self._notify, targets))

    def _notify(self, targets: Iterable[Callable[..., None]], *arguments: Any) -> None:
        for target in targets:
            try:
                target(*arguments)
            except Exception as error:
                self.errors[type(error).__name__] += 1

    def collect(self) -> Iterable[Metric]:
        yield family("relist_observer_errors_total", {(name,): count for name, count in self.errors.items()})


def overrides(observer: Observer, event: str) -> bool:
    return getattr(type(observer), event) is not getattr(Observer, event)
