"""A circuit breaker that compares each decision with a second implementation: from a log of the outages."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from worker.engine.circuit_breaker import FIRST_BACKOFF, MAX_BACKOFF, CircuitBreaker

TOLERANCE = 1e-6
CALLS = 60


class CheckedBreaker(CircuitBreaker):
    """Reports differences. The engine uses it like any other."""

    def __init__(self, report: Callable[[str], None]) -> None:
        super().__init__()
        self._report = report
        self._failed_probes: list[float] = []
        """Times since the circuit opened: of its opening, and of each failed probe."""
        self._ends: dict[str, list[float]] = {}
        """Shop -> ends of its backoffs since its last response."""

    def answered(self, shop_id: str) -> bool:
        was_open = bool(self._failed_probes)
        self._failed_probes, ended = [], super().answered(shop_id)
        self._ends.pop(shop_id, None)
        self._agree("a response ends an outage", ended, was_open)
        self._check()
        return ended

    def open(self, now: float) -> bool:
        was_open = bool(self._failed_probes)
        if not was_open:
            self._failed_probes = [now]
        opened = super().open(now)
        self._agree("the circuit opens", opened, not was_open)
        self._check()
        return opened

    def probe_failed(self, now: float) -> None:
        super().probe_failed(now)
        self._failed_probes.append(now)
        self._check()

    def shop_failed(self, shop_id: str, now: float) -> float:
        ends = self._ends.setdefault(shop_id, [])
        if not ends or now >= ends[-1]:
            ends.append(now + min(MAX_BACKOFF, FIRST_BACKOFF * 2.0 ** len(ends)))
        wait = super().shop_failed(shop_id, now)
        self._agree(f"shop {shop_id} backs off for", wait, ends[-1] - now)
        self._check()
        return wait

    def _check(self) -> None:
        failed = self._failed_probes
        self._agree("the circuit is open", self.is_open, bool(failed))
        self._agree("jobs may start from", self.next_start, math.inf if failed else -math.inf)
        due = failed[-1] + min(MAX_BACKOFF, FIRST_BACKOFF * 2.0 ** (len(failed) - 1)) if failed else math.inf
        self._agree("the next probe is due at", self.next_probe, due)

    def _agree(self, what: str, is_so: float, should_be: float) -> None:
        if is_so != should_be and not abs(is_so - should_be) <= TOLERANCE:
            self._report(f"breaker: {what} {_text(is_so)}, it should be {_text(should_be)}")


def exercise_breaker(random: Random, report: Callable[[str], None], tell: Callable[[str], None]) -> None:
    """Outages of shops and of the API in every order, until the first problem."""
    problems: list[str] = []
    breaker, now = CheckedBreaker(problems.append), 1_000.0
    for _ in range(CALLS):
        now += random.choice((0.0, 0.5, 1.0, 2.0, 40.0, 70.0))
        shop = random.choice(("7991", "7992"))
        match random.randrange(8):
            case 0:
                tell(f"{now:g} s: the platform answers for shop {shop}")
                breaker.answered(shop)
            case 1 | 2:
                tell(f"{now:g} s: the platform answers for no shop")
                breaker.open(now)
            case 3 | 4 | 5 if breaker.is_open:
                tell(f"{now:g} s: a probe gets no answer")
                breaker.probe_failed(now)
            case _:
                tell(f"{now:g} s: the platform does not answer for shop {shop} alone")
                breaker.shop_failed(shop, now)
        if problems:
            report(problems[0])
            return


def _text(value: float) -> str:
    return str(value) if isinstance(value, bool) else f"{value:g} s"
