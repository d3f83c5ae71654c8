"""Fields of an edit that people answered, apart from category, brand and attributes. Pure.

Keys are `package_weight`, `package_dimensions`, `size_chart` and `certifications/ID`. Values have the shapes of Edit
Product; that of a certificate lacks its ID.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CERTIFICATE = "certifications/"
WHOLE = frozenset({"package_weight", "package_dimensions", "size_chart"})


def are_answered_fields(given: object) -> bool:
    """Report whether this has the form of answered fields."""
    return isinstance(given, dict) and all(
        (name in WHOLE or (name.startswith(CERTIFICATE) and name != CERTIFICATE)) and isinstance(value, dict)
        for name, value in given.items()
    )


def merged_fields(older: Mapping[str, Any] | None, newer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return both; a newer answer replaces an older one, but a certificate's image and date add to each other."""
    merged = dict(older or {})
    for name, value in (newer or {}).items():
        merged[name] = {**merged.get(name, {}), **value} if name.startswith(CERTIFICATE) else value
    return merged or None
