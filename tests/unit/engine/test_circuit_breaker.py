"""The breaker: job after job without an answer is an outage; one bad product is none, one bad shop only rests."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from worker.engine.circuit_breaker import FIRST_REST, JOBS_IN_A_ROW, LARGEST_REST, PROBE_LOST_SECONDS, Breaker


def tripped(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for n in range(JOBS_IN_A_ROW):
        breaker.failed((str(n % 2), str(n)), now)
    assert breaker.state == "open"
    return breaker


def test_different_jobs_of_several_shops_in_a_row_open_it() -> None:
    breaker = Breaker()
    verdicts = [breaker.failed((str(n % 2), str(n)), 7.0) for n in range(JOBS_IN_A_ROW)]
    assert verdicts == ["job"] * (JOBS_IN_A_ROW - 1) + ["api"]
    assert breaker.next_start == 7.0 + FIRST_REST


def test_one_bad_product_pays_with_its_own_attempts() -> None:
    breaker = Breaker()
    assert {breaker.failed(("7", "1"), float(n)) for n in range(100)} == {"job"}


def test_one_bad_shop_rests_longer_each_time_and_stops_nobody_else() -> None:
    breaker, now, rests = Breaker(), 0.0, []
    for n in range(JOBS_IN_A_ROW - 1):
        assert breaker.failed(("7", str(n)), now) == "job"
    for n in range(10):
        assert breaker.failed(("7", f"more-{n}"), now) == "shop"
        rests.append(breaker.rest_seconds("7", now))
        assert breaker.failed(("7", "in flight still"), now) == "shop"
        assert breaker.rest_seconds("7", now) == rests[-1], "what was in flight does not prolong the rest"
        now += rests[-1]
    assert rests[:4] == [1.0, 2.0, 4.0, 8.0]
    assert rests[-1] == LARGEST_REST
    assert breaker.state == "closed"
    breaker.answered(("7", "1"))
    assert breaker.failed(("7", "1"), now) == "job", "an answer clears its record"


def test_answers_of_others_in_between_keep_it_closed() -> None:
    breaker = Breaker()
    for n in range(100):
        assert breaker.failed((str(n), str(n)), 0.0) == "job"
        if n % (JOBS_IN_A_ROW - 1) == JOBS_IN_A_ROW - 2:
            assert not breaker.answered(("good", "1")), "nothing had begun that could end"
    assert breaker.state == "closed"


def test_probes_go_one_at_a_time_ever_more_rarely_up_to_a_cap() -> None:
    breaker, now, waits = tripped(), 0.0, []
    for n in range(12):
        waits.append(breaker.next_start - now)
        now = breaker.next_start
        breaker.started(("7", f"probe-{n}"), now)
        assert breaker.next_start == now + PROBE_LOST_SECONDS, "no second one beside it"
        assert breaker.failed(("7", "in flight since before"), now) == "api"
        assert breaker.state == "half_open", "only the probe's own end counts"
        assert breaker.failed(("7", f"probe-{n}"), now) == "api"
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LARGEST_REST


def test_an_answer_closes_it_and_forgets_the_long_intervals() -> None:
    breaker = tripped()
    breaker.started(("7", "1"), 1.0)
    assert breaker.answered(("7", "1"))
    assert (breaker.state, breaker.next_start, breaker.interval) == ("closed", -math.inf, FIRST_REST)


def test_a_probe_that_asked_nothing_is_followed_by_another_at_once() -> None:
    breaker = tripped()
    breaker.started(("7", "1"), 5.0)
    breaker.inconclusive(("7", "2"), 5.5)
    assert breaker.state == "half_open"
    breaker.inconclusive(("7", "1"), 6.0)
    assert (breaker.state, breaker.next_start) == ("open", 6.0)


jobs = st.tuples(st.sampled_from("78"), st.sampled_from("123456"))
steps = st.lists(st.tuples(st.sampled_from(["failed", "answered", "inconclusive"]), jobs, st.floats(0, 100)))


@given(steps)
def test_it_never_stands_still_for_longer_than_a_lost_probe(walk: list[tuple[str, tuple[str, str], float]]) -> None:
    breaker, now = Breaker(), 0.0
    for step, job, wait in walk:
        now += wait
        if breaker.next_start <= now:
            breaker.started(job, now)
        match step:
            case "failed":
                if breaker.failed(job, now) == "shop":
                    assert 0 <= breaker.rest_seconds(job[0], now) <= LARGEST_REST
            case "answered":
                breaker.answered(job)
            case _:
                breaker.inconclusive(job, now)
        assert breaker.next_start <= now + PROBE_LOST_SECONDS
        assert (breaker.state == "closed") == (breaker.next_start == -math.inf)
