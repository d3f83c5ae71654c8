"""Products of a shop by state: remaining products, who must act, and the speed of answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from model.product_state import STATES
from shop_queue.product_counts import DAY_SECONDS, ProductCounts, read_counts, total_counts

NUMBERS = st.dictionaries(st.sampled_from(STATES), st.integers(0, 10**6))


@given(NUMBERS)
def test_all_ten_states_are_present_and_add_up(stored: dict[str, int]) -> None:
    counts = read_counts(stored)
    assert list(counts.by_state) == list(STATES)
    assert counts.known == sum(stored.values())
    others = counts.by_state["gone"]
    assert counts.for_machines + counts.for_people + counts.on_v2 + others == counts.known


def test_drafts_and_deleted_products_are_not_left() -> None:
    counts = read_counts({"queued": 10, "needs_input": 5, "gone": 7, "draft:queued": 4, "draft:needs_input": 5})
    assert (counts.for_machines, counts.for_people, counts.known) == (6, 0, 22)


def test_deleted_products_do_not_count_as_progress() -> None:
    assert read_counts({"relisted": 1, "queued": 1, "gone": 200}).progress == 0.5
    assert read_counts({"gone": 200}).progress is None


def test_answers_per_day_are_measured_over_a_week() -> None:
    now = 1000 * DAY_SECONDS + DAY_SECONDS / 2
    assert read_counts({}).answers_per_day(now) == 0.0
    assert read_counts({"answered:1000": 30}).answers_per_day(now) == 30.0, "less than a day counts as one"
    assert read_counts({"answered:999": 30, "answered:1000": 15}).answers_per_day(now) == 30.0
    assert read_counts({"answered:993": 1000}).answers_per_day(now) == 0.0, "older than a week"


def test_shops_add_up() -> None:
    total = total_counts([read_counts({"queued": 1}), read_counts({"queued": 2, "gone": 1}), ProductCounts()])
    assert (total["queued"], total["gone"], sum(total.values())) == (3, 1, 4)
