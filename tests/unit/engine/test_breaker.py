"""The breaker: job after job without an answer is an outage, one bad product or shop is none."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from worker.engine.breaker import FIRST_PROBE, JOBS_IN_A_ROW, LARGEST_PROBE, PROBE_LOST_SECONDS, Breaker


def tripped(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for n in range(JOBS_IN_A_ROW):
        breaker.failed((str(n % 2), str(n)), now, shops_at_work=2)
    assert breaker.state == "open"
    return breaker


def test_different_jobs_of_several_shops_in_a_row_open_it() -> None:
    breaker = Breaker()
    told = [breaker.failed((str(n % 2), str(n)), 7.0, shops_at_work=50) for n in range(JOBS_IN_A_ROW)]
    assert told == [False] * (JOBS_IN_A_ROW - 1) + [True]
    assert breaker.next_start == 7.0 + FIRST_PROBE


def test_one_bad_product_never_opens_it() -> None:
    breaker = Breaker()
    assert not any(breaker.failed(("7", "1"), 0.0, shops_at_work=1) for _ in range(100))


def test_one_bad_shop_among_others_never_opens_it_and_a_lone_one_does() -> None:
    among, alone = Breaker(), Breaker()
    assert not any(among.failed(("7", str(n)), 0.0, shops_at_work=2) for n in range(100))
    assert any(alone.failed(("7", str(n)), 0.0, shops_at_work=1) for n in range(100))


def test_an_answer_in_between_begins_the_count_anew() -> None:
    breaker = Breaker()
    for n in range(100):
        assert not breaker.failed((str(n), str(n)), 0.0, shops_at_work=9)
        if n % (JOBS_IN_A_ROW - 1) == JOBS_IN_A_ROW - 2:
            assert not breaker.succeeded(), "nothing had begun that could end"
    assert breaker.state == "closed"


def test_probes_go_one_at_a_time_ever_more_rarely_up_to_a_cap() -> None:
    breaker, now, waits = tripped(), 0.0, []
    for n in range(12):
        waits.append(breaker.next_start - now)
        now = breaker.next_start
        breaker.started(("7", f"probe-{n}"), now)
        assert breaker.next_start == now + PROBE_LOST_SECONDS, "no second one beside it"
        breaker.failed(("7", "in flight since before"), now, shops_at_work=2)
        assert breaker.state == "half_open", "only the probe's own end counts"
        breaker.failed(("7", f"probe-{n}"), now, shops_at_work=2)
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LARGEST_PROBE


def test_an_answer_closes_it_and_forgets_the_long_intervals() -> None:
    breaker = tripped()
    breaker.started(("7", "1"), 1.0)
    assert breaker.succeeded()
    assert (breaker.state, breaker.next_start, breaker.interval) == ("closed", -math.inf, FIRST_PROBE)


def test_a_probe_that_asked_nothing_is_followed_by_another_at_once() -> None:
    breaker = tripped()
    breaker.started(("7", "1"), 5.0)
    breaker.inconclusive(("7", "2"), 5.5)
    assert breaker.state == "half_open"
    breaker.inconclusive(("7", "1"), 6.0)
    assert (breaker.state, breaker.next_start) == ("open", 6.0)


jobs = st.tuples(st.sampled_from("78"), st.sampled_from("123456"))
steps = st.lists(st.tuples(st.sampled_from(["failed", "succeeded", "inconclusive"]), jobs, st.floats(0, 100)))


@given(steps)
def test_it_never_stands_still_for_longer_than_a_lost_probe(walk: list[tuple[str, tuple[str, str], float]]) -> None:
    breaker, now = Breaker(), 0.0
    for step, job, wait in walk:
        now += wait
        if breaker.next_start <= now:
            breaker.started(job, now)
        match step:
            case "failed":
                breaker.failed(job, now, 2)
            case "succeeded":
                breaker.succeeded()
            case _:
                breaker.inconclusive(job, now)
        assert breaker.next_start <= now + PROBE_LOST_SECONDS
        assert (breaker.state == "closed") == (breaker.next_start == -math.inf)
