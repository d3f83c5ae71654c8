"""Pages of a list, and the query strings that lead to them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
MAX_PAGE = 100_000
MAX_QUERY = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    rows: Sequence[T]
    number: int
    """From 1."""
    pages: int
    total: int


def page_of(rows: Sequence[T], number: int, size: int) -> Page[T]:
    """A number beyond the end returns the last page."""
    pages = max(1, -(-len(rows) // size))
    number = min(max(1, number), pages)
    return Page(rows[(number - 1) * size : number * size], number, pages, len(rows))


def number_in(query: Mapping[str, str], name: str = "page") -> int:
    """The number in the query, at least 1; 1 if it is missing or malformed."""
    text = query.get(name, "")
    return min(int(text), MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 8 and int(text) else 1


def text_in(query: Mapping[str, str], name: str) -> str:
    """The text in the query, in a form for which every store can search."""
    return query.get(name, "").encode("utf-8", "replace").decode().replace("\0", "").strip()[:MAX_QUERY]


def query_with(query: Mapping[str, str], **changes: object) -> str:
    """`?a=1&b=2` with these changes; empty values are left out."""
    values = {**{name: value[:MAX_QUERY] for name, value in query.items()}, **{k: str(v) for k, v in changes.items()}}
    kept = {name: value for name, value in values.items() if value and name != "done"}
    return "?" + urlencode(kept) if kept else "?"
