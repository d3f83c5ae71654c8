"""Searching past the 10,000 results the platform shows: slices of update time, halved until each fits. Pure.

A cursor is a plain JSON object, so a search can stop after any page and go on in another process.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

WINDOW = 10_000
WINDOW_EXCEEDED = 12052180


@dataclass(frozen=True, slots=True)
class SearchCursor:
    """Update times in unix seconds, both ends included; `later` are slices still to do, newest last."""

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


def begin(now: int) -> SearchCursor:
    """Everything updated so far; what changes after the beginning is a later search's."""
    return SearchCursor(0, now)


def request(cursor: SearchCursor, search: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The body and page token of the next call. A feeder's own bounds are kept when they are narrower."""
    body = dict(search)
    body["update_time_ge"] = max(cursor.first, int(search.get("update_time_ge") or 0))
    body["update_time_le"] = min(cursor.last, int(search.get("update_time_le") or cursor.last))
    return body, cursor.page_token


def advance(cursor: SearchCursor, total_count: int, next_page_token: str) -> SearchCursor | None:
    """After a page: the next page, the next slice, or None at the end.

    A first page that tells of more than the window is thrown away by the caller (see `overflows`).
    """
    if next_page_token:
        return replace(cursor, page_token=next_page_token)
    if not cursor.later:
        return None
    (first, last), rest = cursor.later[0], cursor.later[1:]
    return SearchCursor(first, last, "", rest)


def overflows(cursor: SearchCursor, total_count: int) -> bool:
    """Whether this slice has to be halved before it is read."""
    return not cursor.page_token and total_count >= WINDOW and cursor.last > cursor.first


def halve(cursor: SearchCursor) -> SearchCursor:
    """The older half now, the newer half next. Raises ValueError for a slice of one second."""
    if cursor.last <= cursor.first:
        raise ValueError("a single second can not be halved")
    middle = (cursor.first + cursor.last) // 2
    return SearchCursor(cursor.first, middle, "", ((middle + 1, cursor.last), *cursor.later))
