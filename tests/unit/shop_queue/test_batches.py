"""Batches: one shop each, bounded in length, and an intake entry is never split."""

from __future__ import annotations

import pytest

from model.job import Job
from shop_queue.batches import batches_of
from shop_queue.enqueue_request import EnqueueRequest


def fed(*parts: tuple[str, int], shop_id: str = "1") -> list[EnqueueRequest]:
    """Requests with this number of jobs per entry, in this order."""
    return [
        EnqueueRequest(Job(shop_id, f"{entry}{number}"), entry=entry) for entry, jobs in parts for number in range(jobs)
    ]


@pytest.mark.parametrize(
    ("additions", "apart", "expected"),
    [
        ([], False, []),
        (fed(("", 7)), False, [3, 3, 1]),
        (fed(("a", 5)), False, [5]),
        (fed(("a", 1), ("b", 2), ("c", 1)), False, [3, 1]),
        (fed(("a", 2), ("b", 2)), False, [2, 2]),
        (fed(("a", 2), ("", 4), ("b", 2)), False, [2, 3, 3]),
        (fed(("a", 1), ("b", 1)), True, [1, 1]),
        (fed(("a", 1)) + fed(("a", 1), shop_id="2") + fed(("b", 1)), False, [2, 1]),
    ],
)
def test_batch_sizes(
    monkeypatch: pytest.MonkeyPatch, additions: list[EnqueueRequest], apart: bool, expected: list[int]
) -> None:
    monkeypatch.setattr("shop_queue.batches.BATCH", 3)
    batches = list(batches_of(additions, one_entry_each=apart))
    assert [len(batch) for _, batch in batches] == expected
    assert all(addition.job.shop_id == shop_id for shop_id, batch in batches for addition in batch)
    of_shops = [each for shop_id in ("1", "2") for each in additions if each.job.shop_id == shop_id]
    assert [addition for _, batch in batches for addition in batch] == of_shops
    calls_of = {
        (each.job.shop_id, each.entry): sum(each in batch for _, batch in batches) for each in additions if each.entry
    }
    assert set(calls_of.values()) <= {1}
