"""Minutes per answer follow the measured times, and questions are ranked by them."""

from __future__ import annotations

import math

import pytest

from tests.support.blocked_records import BRAND, CATEGORY, blocked
from worklist.answer_times import ESTIMATE_WEIGHT, MINUTES, AnswerTimes, MeasuredAnswers, seconds_per_answer
from worklist.collect import Worklist


def measured(answers: int, seconds: float) -> MeasuredAnswers:
    return MeasuredAnswers(answers, answers * math.log(seconds))


def test_without_measurements_the_estimates_hold() -> None:
    times = AnswerTimes()
    assert {kind: times.minutes(kind) for kind in MINUTES} == pytest.approx(MINUTES)


def test_many_measurements_replace_the_estimate_and_few_move_it() -> None:
    assert AnswerTimes({"brand": measured(10_000, 240)}).minutes("brand") == pytest.approx(4.0, rel=0.01)
    few = AnswerTimes({"brand": measured(int(ESTIMATE_WEIGHT), 240)})
    assert few.minutes("brand") == pytest.approx(2.0)
    assert few.minutes("category") == pytest.approx(MINUTES["category"])


def test_one_long_pause_counts_little() -> None:
    usual = measured(100, 30)
    with_pause = MeasuredAnswers(101, usual.logs + math.log(900))
    assert AnswerTimes({"attribute": with_pause}).minutes("attribute") < 0.55


@pytest.mark.parametrize(
    ("pause", "answers", "seconds"),
    [(30, 1, 30), (30, 3, 10), (2, 4, 1), (0.2, 1, None), (901, 1, None), (-5, 1, None), (30, 0, None)],
)
def test_a_pause_is_shared_by_answers_given_together_and_breaks_do_not_count(
    pause: float, answers: int, seconds: float | None
) -> None:
    assert seconds_per_answer(pause, answers) == seconds


def test_questions_that_take_longer_come_first_if_one_answer_serves_as_many() -> None:
    def order(times: AnswerTimes) -> list[str]:
        worklist = Worklist(times=times)
        for product_id in ("1", "2", "3"):
            worklist.add(blocked("7", product_id, BRAND))
            worklist.add(blocked("8", product_id, CATEGORY))
        return [asked.question.name for asked in worklist.ranked()]

    assert order(AnswerTimes({"category": measured(100, 200)})) == ["category", "brand"]
    assert order(AnswerTimes({"brand": measured(100, 200)})) == ["brand", "category"]
