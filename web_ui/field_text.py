"""Writes a field of a product for people: no braces, one line per SKU, image or certificate. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST_TEXT = 600


def field_text(value: Any) -> str:
    """Empty for an empty field."""
    if value in (None, "", [], {}):
        return ""
    lines = [_words(each) for each in value] if isinstance(value, list) and _holds_objects(value) else [_words(value)]
    text = "\n".join(lines)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} … ({len(text):,} characters)"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        parts = (f"{str(name).replace('_', ' ')} {_nested(each)}" for name, each in value.items())
        return ", ".join(parts)
    if isinstance(value, list):
        return "; ".join(_nested(each) for each in value)
    return str(value)


def _nested(value: Any) -> str:
    text = _words(value)
    return f"({text})" if isinstance(value, Mapping | list) and _holds_more(value) else text


def _holds_more(value: Mapping[str, Any] | list[Any]) -> bool:
    return len(value) > 1


def _holds_objects(values: list[Any]) -> bool:
    return any(isinstance(each, Mapping) for each in values)
