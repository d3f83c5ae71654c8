"""Puts fields that people answered into the body of an edit or a creation. Pure.

model/answered_fields.py defines their form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.answered_fields import CERTIFICATE, WHOLE


def with_answered_fields(body: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with its fields replaced by the answered ones; other keys are ignored.

    A certificate keeps the parts that the answer does not contain, such as its files if the answer is a date.
    """
    changed = {**body, **{name: value for name, value in fields.items() if name in WHOLE}}
    for name, value in fields.items():
        if name.startswith(CERTIFICATE):
            changed["certifications"] = _with_certificate(
                changed.get("certifications") or (), name.removeprefix(CERTIFICATE), value
            )
    return changed


def _with_certificate(own: Any, certificate_id: str, value: Mapping[str, Any]) -> list[dict[str, Any]]:
    others = [dict(each) for each in own if str(each.get("id")) != certificate_id]
    (before, *_) = [each for each in own if str(each.get("id")) == certificate_id] or [{}]
    return [*others, {**before, **value, "id": certificate_id}]


def decided_names(fields: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the body's fields that the answers decide."""
    return frozenset(name.partition("/")[0] for name in fields)
