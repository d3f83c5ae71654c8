"""Reads single fields of a response: known irregularities are normalised, any other shape is refused.

Known irregularities: ids come as numbers, lists as JSON strings, as comma-separated text or null, booleans as strings.
The `lenient_*` functions never fail; use them only where a wrong value cannot damage a listing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from tiktok_shop.product_shape import is_id


class MalformedData(ValueError):
    """A field of a response has an unknown shape; the text names the field."""


def lenient_str(value: Any) -> str:
    """Return an id or a name as a string; empty for null and anything that is neither text nor number."""
    return str(value) if isinstance(value, str | int | float) else ""


def lenient_int(value: Any) -> int:
    """Return a count or a code, also if it came as a string; zero for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def lenient_objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects in a list, which may come as a JSON string; anything else is left out."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return []
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def required_id(parent: Mapping[str, Any], name: str) -> str:
    """Return an id as a string. Raises MalformedData."""
    value = parent.get(name)
    if not value or not is_id(value):
        raise MalformedData(f"{name} is not an id")
    return str(value)


def optional_str(parent: Mapping[str, Any], *names: str) -> str:
    """Return the first of the named fields that is set, or empty. Raises MalformedData."""
    value = next((parent[name] for name in names if parent.get(name) is not None), "")
    if not isinstance(value, str):
        raise MalformedData(f"{names[0]} is not a string")
    return value


def optional_bool(parent: Mapping[str, Any], *names: str) -> bool:
    """Return the first of the named fields that is present; False if none is or it is null. Raises MalformedData."""
    value = next((parent[name] for name in names if name in parent), None)
    if value in (None, "", 0, 1):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise MalformedData(f"{names[0]} is neither true nor false")


def object_list(parent: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return a list of objects, which may come as a JSON string; null and blank are empty. Raises MalformedData."""
    value = parent.get(name) or []
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = value.strip()
    if value and not (isinstance(value, list) and all(isinstance(each, Mapping) for each in value)):
        raise MalformedData(f"{name} is not a list of objects")
    return value or []


def string_list(parent: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list of strings, which may come as a JSON string or comma-separated. Raises MalformedData."""
    value = parent.get(name)
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = [part.strip(" []\"'") for part in value.split(",")]
        if isinstance(value, str):
            value = [value]  # The published sample of rules has a single name quoted twice: "\"PRE_ORDER\"".
    if not isinstance(value, list | None) or not all(isinstance(each, str) for each in value or ()):
        raise MalformedData(f"{name} is not a list of strings")
    return tuple(each for each in value or () if each)


def optional_object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object, or an empty one if it is absent. Raises MalformedData."""
    value = parent.get(name) or {}
    if not isinstance(value, Mapping):
        raise MalformedData(f"{name} is not an object")
    return value
