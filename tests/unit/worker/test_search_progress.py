"""A search sees every product that existed when it began, even if products move while pages are read."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.examples import at_most
from worker.jobs.search_progress import (
    EARLIEST,
    MAX_ROUNDS,
    MAX_SLICE,
    PageTally,
    SearchProgress,
    Slice,
    after_page,
    after_refusal,
    final_counts,
    split,
    start,
)

NOW = 1_800_000_000
PAGE = 100
WINDOW = 10_000


@dataclass
class Row:
    updated: int
    created: int = EARLIEST + 5
    status: str = "ACTIVATE"
    deleted: bool = False


@dataclass
class Shop:
    """A search endpoint with offset pages: a product that leaves the result shifts the rest."""

    rows: dict[int, Row]
    now: int = NOW
    requests: int = 0
    seen: set[int] = field(default_factory=set)

    def page(self, body: Mapping[str, Any], token: str) -> tuple[list[int], int, str]:
        self.requests += 1
        since, until = body.get("update_time_ge", 0), body.get("update_time_le", 10**12)
        oldest, youngest = body.get("create_time_ge", 0), body.get("create_time_le", 10**12)
        status = body.get("status")
        found = [
            each
            for each, row in self.rows.items()
            if since <= row.updated <= until
            and oldest <= row.created <= youngest
            and (status is None or row.status == status)
        ]
        first = int(token or 0)
        more = first + PAGE < min(len(found), WINDOW)
        return found[first : min(first + PAGE, WINDOW)], len(found), str(first + PAGE) if more else ""


def run(shop: Shop, search: Mapping[str, Any], between: Callable[[Shop], None] = lambda _: None) -> SearchProgress:
    """Read the whole search; `between` changes the shop after each page."""
    progress = start(search)
    while progress.slices:
        stored = SearchProgress.load(orjson.loads(orjson.dumps(progress.dump())))
        assert stored is not None
        body = stored.slices[0].body(search)
        ids, total, token = shop.page(body, stored.page_token)
        new = [each for each in ids if each not in shop.seen and not shop.rows[each].deleted]
        deleted = sum(shop.rows[each].deleted for each in ids)
        step = after_page(stored, PageTally(total, token, len(ids), len(new), deleted), search, shop.now)
        if step.is_accepted:
            shop.seen.update(ids)
        progress = step.progress
        shop.now += 1
        between(shop)
        assert shop.requests < 20_000
    return progress


def spread(count: int, seed: int = 1) -> dict[int, Row]:
    chance = random.Random(seed)
    return {n: Row(chance.randrange(EARLIEST, NOW)) for n in range(count)}


@pytest.mark.parametrize(("count", "most"), [(0, 1), (100, 1), (250, 5), (1_000, 13), (6_000, 120)])
def test_quiet_shop_costs_few_requests(count: int, most: int) -> None:
    shop = Shop(spread(count))
    counts = final_counts(run(shop, {}))
    assert shop.seen == set(shop.rows)
    assert (counts["found"], counts["enqueued"], counts["unreachable"]) == (count, count, 0)
    assert shop.requests <= most


def test_audits_that_end_in_batches_hide_nothing() -> None:
    """The observed case: pages of 401, 401, 401 and 397 products."""
    shop = Shop(spread(401))

    def audits_end(shop: Shop) -> None:
        if shop.requests % 3 == 0:
            for each in sorted(shop.seen & shop.rows.keys())[:40]:
                del shop.rows[each]

    run(shop, {}, audits_end)
    assert shop.seen == set(range(401))


@given(st.integers(0, 2**32), st.integers(1, 1_200), st.integers(0, 40), st.integers(0, 40))
@at_most(40)
def test_every_product_is_seen_while_products_leave_and_change(
    seed: int, count: int, leaving: int, changing: int
) -> None:
    chance = random.Random(seed)
    shop = Shop(spread(count, seed))

    def change(shop: Shop) -> None:
        done = sorted(shop.seen & shop.rows.keys())
        for each in chance.sample(done, min(leaving, len(done))):
            del shop.rows[each]
        for each in chance.sample(sorted(shop.rows), min(changing, len(shop.rows))):
            shop.rows[each].updated = shop.now

    progress = run(shop, {}, change)
    if not progress.counts.get("changing"):
        assert shop.seen == set(range(count))


def test_one_update_second_is_split_by_creation_time() -> None:
    shop = Shop({n: Row(NOW - 1_000, EARLIEST + n * 60) for n in range(12_000)})
    counts = final_counts(run(shop, {}))
    assert (counts["found"], counts["unreachable"]) == (12_000, 0)
    assert shop.seen == set(range(12_000))


def test_one_creation_second_is_split_by_status() -> None:
    shop = Shop({n: Row(NOW - 1_000, status=("ACTIVATE", "DRAFT")[n % 2]) for n in range(12_000)})
    assert final_counts(run(shop, {}))["found"] == 12_000


def test_products_beyond_every_filter_are_counted() -> None:
    shop = Shop({n: Row(NOW - 1_000) for n in range(12_000)})
    counts = final_counts(run(shop, {}))
    assert (counts["found"], counts["enqueued"], counts["unreachable"]) == (10_000, 10_000, 2_000)


def test_deleted_rows_are_counted_and_not_enqueued() -> None:
    shop = Shop({n: Row(NOW - n, deleted=n % 4 == 0) for n in range(80)})
    counts = final_counts(run(shop, {}))
    assert (counts["found"], counts["enqueued"], counts["skipped_deleted"]) == (80, 60, 20)


def test_products_in_hand_are_counted_as_skipped() -> None:
    shop = Shop(spread(300))
    shop.seen = set(range(50))
    counts = final_counts(run(shop, {}))
    assert (counts["found"], counts["enqueued"], counts["skipped_in_hand"]) == (300, 250, 50)


def test_catalogue_that_keeps_changing_ends_with_a_note() -> None:
    shop = Shop(spread(400))

    def everything_changes(shop: Shop) -> None:
        for row in shop.rows.values():
            row.updated = shop.now

    progress = run(shop, {}, everything_changes)
    assert progress.counts["changing"]
    assert shop.requests < 100 * MAX_ROUNDS


def test_wrong_totals_of_the_platform_end_the_search() -> None:
    progress, requests = replace(start({}), counts={"total": 50}), 0
    while progress.slices:
        progress = after_page(progress, PageTally(50, "", 40, 0), {}, NOW).progress
        requests += 1
    assert requests < 2_000
    assert final_counts(progress)["unreachable"] == 50, "each slice counts ten too many"


def test_window_refusal_splits_the_slice() -> None:
    refused = after_refusal(start({}), {}, NOW)
    assert refused.slices[0] == Slice(0, NOW), "an open slice is closed first"
    assert len(after_refusal(refused, {}, NOW).slices) == len(refused.slices) + 1
    single = SearchProgress((Slice(5, 5, (6, 6), "DRAFT"),), total=12_000, rows=10_000, page_token="x")
    assert after_refusal(single, {}, NOW).counts["unreachable"] == 2_000


def test_feeders_bounds_are_kept() -> None:
    search = {"update_time_ge": NOW - 500, "update_time_le": "1799999900", "status": "DRAFT", "create_time_ge": 7}
    (only,) = start(search).slices
    assert (only.first, only.last) == (NOW - 500, 1_799_999_900)
    assert only.body(search) == {**search, "update_time_le": 1_799_999_900}
    by_creation = split(Slice(5, 5), search, NOW)
    assert by_creation[0].created is not None
    assert by_creation[0].created[0] == 7
    assert split(Slice(5, 5, (6, 6)), search, NOW) == (), "the feeder has chosen a status"


def test_large_slices_are_split_before_they_are_read() -> None:
    closed = SearchProgress((Slice(0, NOW),))
    step = after_page(closed, PageTally(MAX_SLICE + 1, "next", 100, 100), {}, NOW)
    assert not step.is_accepted
    assert len(step.progress.slices) == 2


def test_cursor_of_an_earlier_release_starts_again() -> None:
    assert SearchProgress.load({"first": 0, "last": 5, "page_token": "", "later": []}) is None
