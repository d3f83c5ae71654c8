"""Reads the platform's reasons for a failed audit. Pure.

The documentation has objects with lists of strings. The reasons are words for people and decide nothing, so
other shapes are taken as well, within bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_TEXTS, LONGEST_TEXT = 20, 1_000
"""Bounds of what an outcome carries to every reader of the stream."""


def rejection_texts(product: Mapping[str, Any]) -> tuple[str, ...]:
    """The reasons in `audit_failed_reasons`, each with the suggestions that belong to it."""
    found: dict[str, None] = {}
    for text in _texts(product.get("audit_failed_reasons")):
        found[text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"] = None
        if len(found) == MAX_TEXTS:
            break
    return tuple(found)


def _texts(reasons: Any) -> Iterator[str]:
    for each in _listed(reasons):
        if not isinstance(each, Mapping):
            yield from _plain(each)
            continue
        advice = "; ".join(text for one in _listed(each.get("suggestions")) for text in _plain(one))
        for reason in (text for one in _listed(each.get("reasons")) for text in _plain(one)):
            yield f"{reason} ({advice})" if advice else reason


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _plain(value: Any) -> Iterator[str]:
    if isinstance(value, str | int | float) and (text := str(value).strip()):
        yield text
