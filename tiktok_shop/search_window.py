"""Searches beyond the 10,000 results that the platform returns, by slices of update time. Pure.

A slice that holds too many products is halved until it fits. A cursor is a plain JSON object, so that a search can stop
after any page and continue in another process.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

WINDOW = 10_000
"""Results the platform returns for one search, over all pages (Search Products, partner documentation)."""
WINDOW_EXCEEDED = 12052180


@dataclass(frozen=True, slots=True)
class SearchCursor:
    """The current slice of update time, in unix seconds with both ends included, and the slices still to read."""

    first: int
    last: int
    page_token: str = ""
    later: tuple[tuple[int, int], ...] = ()

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, body: dict[str, Any]) -> SearchCursor:
        later = tuple((int(first), int(last)) for first, last in body.get("later", ()))
        return cls(int(body["first"]), int(body["last"]), str(body.get("page_token", "")), later)


def first_cursor(now: int) -> SearchCursor:
    """Return a cursor over every update up to `now`, in unix seconds."""
    return SearchCursor(0, now)


def page_request(cursor: SearchCursor, search: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the body and the page token of the next request. Narrower bounds in `search` are kept."""
    body = dict(search)
    body["update_time_ge"] = max(cursor.first, int(search.get("update_time_ge") or 0))
    body["update_time_le"] = min(cursor.last, int(search.get("update_time_le") or cursor.last))
    return body, cursor.page_token


def next_cursor(cursor: SearchCursor, next_page_token: str) -> SearchCursor | None:
    """Return the cursor of the next page or slice, or None after the last one."""
    if next_page_token:
        return replace(cursor, page_token=next_page_token)
    if not cursor.later:
        return None
    (first, last), rest = cursor.later[0], cursor.later[1:]
    return SearchCursor(first, last, "", rest)


def exceeds_window(cursor: SearchCursor, total_count: int) -> bool:
    """Report whether this slice must be halved: its first page reports more results than the platform returns."""
    return not cursor.page_token and total_count >= WINDOW and cursor.last > cursor.first


def halve(cursor: SearchCursor) -> SearchCursor:
    """Return a cursor over the older half, followed by the newer. Raises ValueError for a slice of one second."""
    if cursor.last <= cursor.first:
        raise ValueError("a slice of one second cannot be halved")
    middle = (cursor.first + cursor.last) // 2
    return SearchCursor(cursor.first, middle, "", ((middle + 1, cursor.last), *cursor.later))
