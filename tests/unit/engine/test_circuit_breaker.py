"""The circuit breaker, and the backoff of shops without responses."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from worker.engine.circuit_breaker import FIRST_BACKOFF, MAX_BACKOFF, CircuitBreaker


def test_an_open_circuit_starts_nothing_until_a_response() -> None:
    breaker = CircuitBreaker()
    assert breaker.next_start == -math.inf
    assert breaker.open(7.0)
    assert not breaker.open(8.0), "it is open already"
    assert (breaker.next_start, breaker.next_probe) == (math.inf, 7.0 + FIRST_BACKOFF)
    assert breaker.answered("7")
    assert not breaker.answered("7"), "there is no outage to end"
    assert (breaker.next_start, breaker.next_probe) == (-math.inf, math.inf)


def test_probes_have_a_capped_backoff_that_a_response_resets() -> None:
    breaker, now, waits = CircuitBreaker(), 0.0, []
    breaker.open(now)
    for _ in range(9):
        waits.append(breaker.next_probe - now)
        now = breaker.next_probe
        breaker.probe_failed(now)
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == MAX_BACKOFF
    breaker.answered("7")
    breaker.open(now)
    assert breaker.next_probe == now + FIRST_BACKOFF


def test_one_bad_shop_backs_off_alone() -> None:
    breaker, now, waits = CircuitBreaker(), 0.0, []
    for _ in range(10):
        waits.append(breaker.shop_failed("7", now))
        assert breaker.shop_failed("7", now) == waits[-1], "jobs in flight do not extend the backoff"
        now += waits[-1]
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == MAX_BACKOFF
    assert breaker.shop_failed("8", now) == FIRST_BACKOFF
    assert breaker.next_start == -math.inf
    breaker.answered("7")
    assert breaker.shop_failed("7", now) == FIRST_BACKOFF, "a response clears the record"


@given(st.lists(st.sampled_from(["open", "probe failed", "shop failed", "answered"]), max_size=60))
def test_an_open_circuit_always_has_a_probe_in_time(steps: list[str]) -> None:
    breaker, now = CircuitBreaker(), 0.0
    for step in steps:
        now += 1.0
        match step:
            case "open":
                breaker.open(now)
            case "probe failed" if breaker.is_open:
                breaker.probe_failed(now)
            case "shop failed":
                assert 0 < breaker.shop_failed("7", now) <= MAX_BACKOFF
            case "answered":
                breaker.answered("7")
        assert (breaker.next_probe <= now + MAX_BACKOFF) == breaker.is_open
