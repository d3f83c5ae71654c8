"""Separates reasons that stop an edit from those that the platform is known or likely to tolerate. Pure.

A draft is saved without required attributes (live shop, MX, 2026-08), and sellers save drafts without other contents.
A live listing may keep content that the documentation forbids: zero dimensions, fractions of grams and weights in grams
(live fixtures, ID), small main images (live shop, MX), and images without sizes in a description (the platform's own
sample). Such reasons become warnings, and the product is sent as it is. If the platform refuses it, refusals.py learns
that from the first products; if the operator has measured that the platform refuses it (platform_habits.py), the seller
is asked immediately.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from model.immutable import immutable
from model.outcome import Reason
from relisting.platform_habits import DEFAULT_HABITS, PlatformHabits
from relisting.validate.codes import Code
from relisting.validate.features import Feature
from relisting.validate.package import has_more_decimals, is_zero
from relisting.validate.texts import ImageTags

DRAFT_CODES = frozenset({Code.ATTRIBUTE_REQUIRED, Code.ATTRIBUTE_REQUIRED_BY_OTHER, Code.ATTRIBUTE_TWICE})
DRAFT_FEATURE = "draft_"
"""Prefix, before the platform's code, of the feature of a draft that lacks content required of a listing."""
SIDE_CODES = frozenset({Code.LENGTH_MALFORMED, Code.WIDTH_MALFORMED, Code.HEIGHT_MALFORMED})


@immutable
class Tolerated:
    """The reasons that do not stop the edit: a warning for each, and a feature for those that only a draft may have."""

    warnings: tuple[str, ...]
    features: tuple[Feature, ...] = ()


def split_tolerated(
    reasons: Iterable[Reason],
    body: Mapping[str, Any],
    habits: PlatformHabits = DEFAULT_HABITS,
    *,
    is_live: bool,
    decided: frozenset[str] = frozenset(),
) -> tuple[tuple[Reason, ...], Tolerated]:
    """Returns the reasons that stop the edit, and the others.

    `is_live` means that the body has the content of a listing or draft that the platform has already accepted.
    `decided` names the fields that a person or feeder has decided; a decision that does not fit stops the edit.
    """
    is_draft = body.get("save_mode") == "AS_DRAFT"
    stopping, warnings, found = [], [], []
    for reason in reasons:
        if is_draft and reason.code in DRAFT_CODES:
            warnings.append(f"{reason.field}: the draft stays incomplete. {reason.message}")
        elif is_live and _is_tolerated(reason, body, habits):
            warnings.append(f"{reason.field}: sent as the listing has it. {reason.message}")
        elif is_draft and is_live and _may_stay(reason, habits, decided):
            warnings.append(f"{reason.field}: the draft stays as it is. {reason.message}")
            found.append(
                Feature(DRAFT_FEATURE + reason.code, _top(reason), f"Drafts are checked too. {reason.message}")
            )
        else:
            stopping.append(reason)
    return tuple(stopping), Tolerated(tuple(warnings), tuple(found))


def _may_stay(reason: Reason, habits: PlatformHabits, decided: frozenset[str]) -> bool:
    """Whether a draft may stay as it is; the documents say that an empty list of SKUs is always refused."""
    if habits.accepts_incomplete_drafts is False or reason.code == Code.SKUS_EMPTY:
        return False
    return _top(reason) not in decided


def _top(reason: Reason) -> str:
    return re.split(r"[.\[]", reason.field or "", maxsplit=1)[0]


def _is_tolerated(reason: Reason, body: Mapping[str, Any], habits: PlatformHabits) -> bool:
    path = reason.field or ""
    if reason.code in SIDE_CODES:
        sizes, _, side = path.rpartition(".")
        if habits.accepts_more_decimals is None and has_more_decimals(_value_at(body, sizes) or {}, side):
            return True
        return habits.accepts_zero_dimensions is None and is_zero(str(_value_at(body, path)))
    if reason.code == Code.WEIGHT_MALFORMED and habits.accepts_more_decimals is None:
        return has_more_decimals(_value_at(body, path) or {}, "value")
    if reason.code == Code.UNIT_NOT_IN_REGION:
        value = _value_at(body, path)
        return isinstance(value, Mapping) and value.get("unit") == "GRAM"
    if reason.code == Code.DESCRIPTION_IMAGE_TAG:
        images = ImageTags(str(body.get("description") or "")).images
        return habits.description_images_need_sizes is None and all(image.get("src") for image in images)
    return reason.code == Code.MAIN_IMAGE_TOO_SMALL and habits.main_image_least_px is None


def _value_at(body: Any, path: str) -> Any:
    """The value at a path such as `skus[0].sku_dimensions.length`; None if there is none."""
    value = body
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        value = value.get(name) if isinstance(value, Mapping) else None
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    return value
