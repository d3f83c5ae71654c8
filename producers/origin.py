"""Checks the `origin` of a fed job: the product's data on the seller's own platform. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_TEXT, MAX_PATH, MAX_TAGS, MAX_ATTRIBUTES, MAX_VALUES = 500, 2_000, 250, 250, 50
FIELDS = ("category", "product_type", "vendor", "tags", "attributes")
CATEGORY_TEXTS, CATEGORY_FLAGS = ("id", "name", "full_name"), ("is_leaf", "is_root")


def checked_origin(value: Any) -> dict[str, Any] | None:
    """The fields that are set; None if there are none. Raises ValueError, which names the field and the reason."""
    if value is None:
        return None
    given = _object(value, "origin", FIELDS)
    checked: dict[str, Any] = {name: _text(given[name], f"origin.{name}") for name in FIELDS[1:3] if name in given}
    if "category" in given:
        checked["category"] = _category(given["category"])
    if "tags" in given:
        checked["tags"] = _texts(given["tags"], "origin.tags", MAX_TAGS)
    if "attributes" in given:
        checked["attributes"] = _attributes(given["attributes"])
    return {name: each for name, each in checked.items() if each} or None


def _category(value: Any) -> dict[str, Any]:
    given = _object(value, "origin.category", (*CATEGORY_TEXTS, *CATEGORY_FLAGS))
    checked: dict[str, Any] = {}
    for name, each in given.items():
        path = f"origin.category.{name}"
        if name in CATEGORY_TEXTS:
            checked[name] = _text(each, path, MAX_PATH)
        elif isinstance(each, bool):
            checked[name] = each
        else:
            raise ValueError(f"{path}: must be true or false")
    return checked


def _attributes(value: Any) -> list[dict[str, Any]]:
    path = "origin.attributes"
    if not isinstance(value, list) or len(value) > MAX_ATTRIBUTES:
        raise ValueError(f"{path}: must be an array of at most {MAX_ATTRIBUTES} attributes")
    checked = []
    for index, each in enumerate(value):
        here = f"{path}[{index}]"
        given = _object(each, here, ("name", "values"))
        name = _text(given.get("name"), f"{here}.name")
        if not name:
            raise ValueError(f"{here}.name: must not be empty")
        checked.append({"name": name, "values": _texts(given.get("values", []), f"{here}.values", MAX_VALUES)})
    return checked


def _object(value: Any, path: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{path}: must be an object")
    if unknown := sorted(str(name) for name in value if name not in names):
        raise ValueError(f"{path}: unknown field {unknown[0][:MAX_TEXT]!r}; known fields are {', '.join(names)}")
    return {name: each for name, each in value.items() if each is not None}


def _texts(value: Any, path: str, most: int) -> list[str]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"{path}: must be an array of at most {most} strings")
    return [_text(each, f"{path}[{index}]") for index, each in enumerate(value)]


def _text(value: Any, path: str, longest: int = MAX_TEXT) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"{path}: must be a string of at most {longest} characters")
    return value
