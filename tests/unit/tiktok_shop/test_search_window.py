"""Slices of update time cover everything once."""

from __future__ import annotations

import orjson
import pytest

from tiktok_shop.search_window import SearchCursor, exceeds_window, first_cursor, halve, next_cursor, page_request


def test_slice_of_one_second_is_not_halved() -> None:
    with pytest.raises(ValueError, match="one second"):
        halve(SearchCursor(5, 5, "", ()))
    assert not exceeds_window(SearchCursor(5, 5, "", ()), 10**9), "it is read as far as possible"


def test_halved_slices_cover_every_second_once() -> None:
    cursor: SearchCursor | None = first_cursor(1000)
    seen: list[int] = []
    while cursor is not None:
        cursor = SearchCursor.load(orjson.loads(orjson.dumps(cursor.dump())))
        if exceeds_window(cursor, 10_000 if cursor.last - cursor.first > 100 else 50):
            cursor = halve(cursor)
            continue
        body, _ = page_request(cursor, {"category_version": "v1"})
        seen.extend(range(body["update_time_ge"], body["update_time_le"] + 1))
        cursor = next_cursor(cursor, "")
    assert seen == list(range(1001))
