"""Failures of many jobs in a row are an outage; one bad product or shop is not."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from worker.engine.circuit_breaker import (
    FAILURES_TO_OPEN,
    FIRST_BACKOFF,
    MAX_BACKOFF,
    PROBE_TIMEOUT_SECONDS,
    CircuitBreaker,
)


def tripped(now: float = 0.0) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for n in range(FAILURES_TO_OPEN):
        breaker.failed((str(n % 2), str(n)), now)
    assert breaker.state == "open"
    return breaker


def test_failures_in_a_row_of_several_shops_open_the_circuit() -> None:
    breaker = CircuitBreaker()
    verdicts = [breaker.failed((str(n % 2), str(n)), 7.0) for n in range(FAILURES_TO_OPEN)]
    assert verdicts == ["job"] * (FAILURES_TO_OPEN - 1) + ["api"]
    assert breaker.next_start == 7.0 + FIRST_BACKOFF


def test_one_bad_product_never_opens_the_circuit() -> None:
    breaker = CircuitBreaker()
    assert {breaker.failed(("7", "1"), float(n)) for n in range(100)} == {"job"}


def test_one_bad_shop_backs_off_alone() -> None:
    breaker, now, rests = CircuitBreaker(), 0.0, []
    for n in range(FAILURES_TO_OPEN - 1):
        assert breaker.failed(("7", str(n)), now) == "job"
    for n in range(10):
        assert breaker.failed(("7", f"more-{n}"), now) == "shop"
        rests.append(breaker.backoff_seconds("7", now))
        assert breaker.failed(("7", "in flight still"), now) == "shop"
        assert breaker.backoff_seconds("7", now) == rests[-1], "jobs in flight do not extend the backoff"
        now += rests[-1]
    assert rests[:4] == [1.0, 2.0, 4.0, 8.0]
    assert rests[-1] == MAX_BACKOFF
    assert breaker.state == "closed"
    breaker.answered(("7", "1"))
    assert breaker.failed(("7", "1"), now) == "job", "an answer clears its record"


def test_answers_in_between_keep_the_circuit_closed() -> None:
    breaker = CircuitBreaker()
    for n in range(100):
        assert breaker.failed((str(n), str(n)), 0.0) == "job"
        if n % (FAILURES_TO_OPEN - 1) == FAILURES_TO_OPEN - 2:
            assert not breaker.answered(("good", "1")), "there was no outage to end"
    assert breaker.state == "closed"


def test_probes_run_one_at_a_time_with_capped_backoff() -> None:
    breaker, now, waits = tripped(), 0.0, []
    for n in range(12):
        waits.append(breaker.next_start - now)
        now = breaker.next_start
        breaker.started(("7", f"probe-{n}"), now)
        assert breaker.next_start == now + PROBE_TIMEOUT_SECONDS, "one probe at a time"
        assert breaker.failed(("7", "in flight since before"), now) == "api"
        assert breaker.state == "half_open", "only the probe's result counts"
        assert breaker.failed(("7", f"probe-{n}"), now) == "api"
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == MAX_BACKOFF


def test_an_answer_closes_the_circuit_and_resets_the_backoff() -> None:
    breaker = tripped()
    breaker.started(("7", "1"), 1.0)
    assert breaker.answered(("7", "1"))
    assert (breaker.state, breaker.next_start, breaker.interval) == ("closed", -math.inf, FIRST_BACKOFF)


def test_an_inconclusive_probe_is_replaced_at_once() -> None:
    breaker = tripped()
    breaker.started(("7", "1"), 5.0)
    breaker.inconclusive(("7", "2"), 5.5)
    assert breaker.state == "half_open"
    breaker.inconclusive(("7", "1"), 6.0)
    assert (breaker.state, breaker.next_start) == ("open", 6.0)


jobs = st.tuples(st.sampled_from("78"), st.sampled_from("123456"))
steps = st.lists(st.tuples(st.sampled_from(["failed", "answered", "inconclusive"]), jobs, st.floats(0, 100)))


@given(steps)
def test_the_circuit_is_never_stuck_longer_than_a_lost_probe(walk: list[tuple[str, tuple[str, str], float]]) -> None:
    breaker, now = CircuitBreaker(), 0.0
    for step, job, wait in walk:
        now += wait
        if breaker.next_start <= now:
            breaker.started(job, now)
        match step:
            case "failed":
                if breaker.failed(job, now) == "shop":
                    assert 0 <= breaker.backoff_seconds(job[0], now) <= MAX_BACKOFF
            case "answered":
                breaker.answered(job)
            case _:
                breaker.inconclusive(job, now)
        assert breaker.next_start <= now + PROBE_TIMEOUT_SECONDS
        assert (breaker.state == "closed") == (breaker.next_start == -math.inf)
