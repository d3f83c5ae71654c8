"""Separates reasons that stop an edit from those that the platform is known or likely to tolerate. Pure.

A draft is saved without required attributes (live shop, MX, 2026-08). A live listing may keep content that the
documentation forbids: zero dimensions and weights in grams (live fixtures, ID) and small main images (live shop, MX).
Such reasons become warnings, and the product is sent unchanged. If the platform refuses the first products, refusals.py
learns this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from model.outcome import Reason
from relisting.validate.codes import Code
from relisting.validate.package import is_zero

DRAFT_CODES = frozenset({Code.ATTRIBUTE_REQUIRED, Code.ATTRIBUTE_REQUIRED_BY_OTHER, Code.ATTRIBUTE_TWICE})
SIDE_CODES = frozenset({Code.LENGTH_MALFORMED, Code.WIDTH_MALFORMED, Code.HEIGHT_MALFORMED})


def split_tolerated(
    reasons: Iterable[Reason], body: Mapping[str, Any], *, is_live: bool
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """Returns the reasons that stop the edit, and a warning for each of the others.

    `is_live` means that the body has the content of a listing that the platform has already accepted.
    """
    is_draft = body.get("save_mode") == "AS_DRAFT"
    stopping, warnings = [], []
    for reason in reasons:
        if is_draft and reason.code in DRAFT_CODES:
            warnings.append(f"{reason.field}: the draft stays incomplete. {reason.message}")
        elif is_live and _is_tolerated(reason, body):
            warnings.append(f"{reason.field}: sent as the listing has it. {reason.message}")
        else:
            stopping.append(reason)
    return tuple(stopping), tuple(warnings)


def _is_tolerated(reason: Reason, body: Mapping[str, Any]) -> bool:
    path = reason.field or ""
    if reason.code in SIDE_CODES:
        return is_zero(str(_value_at(body, path)))
    if reason.code == Code.UNIT_NOT_IN_REGION:
        value = _value_at(body, path)
        return isinstance(value, Mapping) and value.get("unit") == "GRAM"
    return reason.code == Code.MAIN_IMAGE_TOO_SMALL


def _value_at(body: Any, path: str) -> Any:
    """The value at a path such as `skus[0].sku_dimensions.length`; None if there is none."""
    value = body
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        value = value.get(name) if isinstance(value, Mapping) else None
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    return value
