"""Fingerprints of products and edits, to detect a change between a plan and its execution. Pure."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from relisting.old_category import old_category
from relisting.product_fields import FIELD_POLICIES, OPEN_TREATMENTS, Treatment, join_path

_NOT_EDITED = (Treatment.PLATFORM, Treatment.DROP)


def fingerprint(value: Any) -> str:
    """A hash that is equal for equal content, regardless of the order of fields."""
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def product_fingerprint(product: dict[str, Any]) -> str:
    """Covers all data from which an edit is built, thus not stock, prices, audits or times."""
    return fingerprint({**_editable(product, ""), "category": old_category(product)[0]})


def _editable(value: Any, path: str) -> Any:
    """The value without fields that the platform derives or a sale changes. Image URLs change on every read."""
    if isinstance(value, list):
        return [_editable(each, path) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, each in value.items():
        child = join_path(path, name)
        policy = FIELD_POLICIES.get(child)
        if policy is None or policy.treatment not in _NOT_EDITED:
            kept[name] = _editable(each, child) if policy and policy.treatment in OPEN_TREATMENTS else each
    return kept
