"""The published record of an outcome."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from model.outcome import Outcome

AT = datetime(2026, 11, 27, tzinfo=UTC)


def record(outcome: Outcome) -> dict[str, Any]:
    return outcome.record(shop_id="7", product_id="", run_id="r", trace_id="", kind="search", attempts=1, at=AT)


def test_search_publishes_its_counts() -> None:
    published = record(Outcome("done", counts={"found": 3, "enqueued": 2}))
    assert (published["kind"], published["outcome"]) == ("search", "done")
    assert published["counts"] == {"found": 3, "enqueued": 2}


def test_product_outcomes_have_no_counts() -> None:
    assert "counts" not in record(Outcome("relisted"))
