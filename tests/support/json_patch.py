"""Applies a JSON patch (RFC 6902) as Kustomize does: `add`, `remove`, `replace` and `test`, without moves."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any


def patched(document: Mapping[str, Any], operations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Raises KeyError, IndexError or AssertionError if an operation does not fit the document."""
    result = copy.deepcopy(dict(document))
    for each in operations:
        *parents, last = each["path"].removeprefix("/").split("/")
        place: Any = result
        for name in parents:
            place = place[int(name) if isinstance(place, list) else name]
        key: Any = int(last) if isinstance(place, list) else last
        match each["op"]:
            case "add" if isinstance(place, list):
                place.insert(key, each["value"])
            case "add":
                place[key] = each["value"]
            case "remove":
                del place[key]
            case "replace":
                assert place[key] is not None
                place[key] = each["value"]
            case "test":
                assert place[key] == each["value"], each
            case unknown:
                raise AssertionError(f"{unknown} is not supported")
    return result
