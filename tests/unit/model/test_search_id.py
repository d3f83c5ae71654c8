"""Searches of one run that differ are different jobs."""

from __future__ import annotations

from model.search_id import search_job_id


def test_search_over_everything_is_named_after_its_run() -> None:
    assert search_job_id("spring", None) == search_job_id("spring", {"category_version": "v1"}) == "search:spring"
    assert search_job_id("", None) == "search:all"


def test_filter_is_part_of_the_id() -> None:
    drafts, frozen = search_job_id("spring", {"status": "DRAFT"}), search_job_id("spring", {"status": "FREEZE"})
    assert drafts.startswith("search:spring:")
    assert drafts != frozen


def test_order_of_the_filter_does_not_matter() -> None:
    assert search_job_id("r", {"a": 1, "b": [2]}) == search_job_id("r", {"b": [2], "a": 1})
