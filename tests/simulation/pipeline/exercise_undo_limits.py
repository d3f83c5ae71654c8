"""Restores random products as far as the platform allows, and decides a second time which leaf and which fields stay.

v2 may lack the old leaf, or it may be closed to the shop. The platform may refuse a product without a field.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from model.outcome import Reason
from relisting.restore import fields_that_stay, restored_category
from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Category

LEAVES, GROUP, UNKNOWN = ("11", "12"), "1", "99"
STATUSES = ((), ("AVAILABLE",), ("INVITE_ONLY",), ("AVAILABLE", "NON_MAIN_CATEGORY"), ("PROHIBITED",))
FIELDS = ("title", "size_chart", "package_weight", "video")
APART = ("skus", "product_attributes", "category_chains", "brand")
"""Fields that an undo restores in another way."""
PARTS = ("", "[0]", ".value", "[1].unit")
"""How a reason may name a part of a field."""
VALUES = ("", "a", "b")
"""A value of a field; empty if the product lacks it."""


def exercise_undo_limits(random: Random, report: Callable[[str], None], times: int) -> None:
    for _ in range(times):
        _restore_leaf(random, report)
        _restore_fields(random, report)


def _restore_leaf(random: Random, report: Callable[[str], None]) -> None:
    statuses = {leaf: random.choice(STATUSES) for leaf in LEAVES}
    categories = [Category(GROUP, "0", "Group", False)]
    categories += [Category(leaf, GROUP, _name(leaf), True, statuses[leaf]) for leaf in LEAVES]
    old, current = random.choice((*LEAVES, GROUP, UNKNOWN)), random.choice(LEAVES)
    old_name = random.choice((_name(old), ""))
    leaf, warnings = restored_category(_in(old, old_name), _in(current, _name(current)), CategoryTree(categories))
    may_list = old in LEAVES and (not statuses[old] or "AVAILABLE" in statuses[old])
    right = old if may_list else current
    told = f"a product of leaf {old} that is in {current} now"
    if leaf != right:
        report(f"undo: {told} goes to {leaf}, not to {right}, with {statuses}")
    elif bool(warnings) != (right != old):
        report(f"undo: {told} goes to {leaf}, and the warnings are {warnings}")
    elif warnings and not all(text in warnings[0] for text in (f"{old_name or old} ({old})", f"stays in {current}")):
        report(f"undo: {told} goes to {leaf}, which the warning does not say: {warnings[0]}")


def _restore_fields(random: Random, report: Callable[[str], None]) -> None:
    names = (*FIELDS, *APART)
    now, restored = ({name: value for name in names if (value := random.choice(VALUES))} for _ in range(2))
    refused = random.sample(names, random.randint(0, len(names)))
    fields = [name + random.choice(PARTS) for name in refused] + random.choice(([], [""], ["unknown"]))
    reasons = [Reason("refused", "The platform refuses it.", "seller", field) for field in fields]
    found = fields_that_stay(now, restored, reasons)
    right = sorted(name for name in refused if name in FIELDS and name in now and now[name] != restored.get(name))
    if found != right:
        report(f"undo: of {now}, which was {restored}, {found} stays instead of {right}, refused are {fields}")


def _name(leaf: str) -> str:
    return f"Category {leaf}"


def _in(leaf: str, name: str) -> dict[str, Any]:
    return {"category_chains": [{"id": leaf, "is_leaf": True, "local_name": name}]}
