"""Undoes recorded edits of a product, as far as the platform allows, without touching later changes. Pure.

This is a three-way merge. `before` is the product as read before the edit, `sent` is the edit's body and `now` the
product as read for the undo. A field is restored to `before` only if `now` still has the value from the edit. Fields
that the edit did not change, or that were changed after it, stay as they are now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.outcome import Reason
from relisting.merge import body_fields
from relisting.old_category import old_category
from relisting.product_fields import PRODUCT, FieldNode, Treatment
from relisting.restored_attributes import restored_attributes, with_lost_attributes
from relisting.tree import CategoryTree
from relisting.unsendable import is_empty

CATEGORY = "category"
ATTRIBUTES, CHAINS, BRAND = "product_attributes", "category_chains", "brand"
_SENT = (Treatment.KEEP, Treatment.NESTED)
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MadeEdit:
    """An edit that took effect."""

    before: Fields
    """The product as read before the edit."""
    sent: Fields
    """Its body."""
    damaged: frozenset[str] = frozenset()
    """Fields (`title`, `skus.seller_sku`, `brand`) that the platform lost although the edit had repeated them. They are
    restored from `before` where they are still empty; a product in a leaf that nobody chose returns to its leaf.
    """


@dataclass(frozen=True, slots=True)
class RestoredProduct:
    product: dict[str, Any]
    """The product to send, in the form of Get Product; its `category_chains` name the old leaf."""
    restored: tuple[str, ...] = ()
    """Restored fields."""
    kept: tuple[str, ...] = ()
    """Fields changed by the edit and changed again since."""
    lost: tuple[str, ...] = ()
    """Reasons why something cannot be restored, one sentence each."""


@dataclass(slots=True)
class _Report:
    restored: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def restored_product(edits: Sequence[MadeEdit], now: Fields) -> RestoredProduct:
    """The product without these edits, which are sorted oldest first and undone newest first."""
    report, product = _Report(), dict(now)
    for edit in reversed(edits):
        product = _without_edit(edit, product, report)
    unique = [tuple(dict.fromkeys(names)) for names in (report.restored, report.kept, report.lost)]
    return RestoredProduct(product, *unique)


def restored_category(target: Fields, current: Fields, tree: CategoryTree) -> tuple[str, tuple[str, ...]]:
    """Returns the old leaf if it is an open v2 leaf, or else the current one, and warnings."""
    old_id, old_name = old_category(target)
    current_id, _ = old_category(current)
    if old_id == current_id or (tree.is_leaf(old_id) and tree.is_open(old_id)):
        return old_id, ()
    warning = f"the category {old_name or old_id} ({old_id}) is not on the v2 tree: the product stays in {current_id}"
    return current_id, (warning,)


def fields_that_stay(now: Fields, restored: Fields, reasons: Iterable[Reason]) -> list[str]:
    """Fields that cannot go back, such as a size chart that the undone edit added and the leaf requires.

    `reasons` are those for which the platform would refuse `restored`.
    """
    refused = {(reason.field or "").partition(".")[0].partition("[")[0] for reason in reasons}
    apart = {"skus", ATTRIBUTES, CHAINS, BRAND}
    return sorted(name for name in refused - apart if name in now and now[name] != restored.get(name))


def _without_edit(edit: MadeEdit, now: Fields, report: _Report) -> dict[str, Any]:
    product = dict(now)
    before_body, now_body = body_fields(edit.before), body_fields(now)
    _merge_fields(edit, "", product, (edit.before, before_body, edit.sent, now_body), PRODUCT, report)
    product["skus"] = _skus(edit, now, (before_body, now_body), report)
    _merge_attributes(edit, product, report)
    _merge_brand(edit, product, report)
    old_id, current_id, made_id = old_category(edit.before)[0], old_category(now)[0], str(edit.sent.get("category_id"))
    is_misfiled = CHAINS in edit.damaged and current_id not in (old_id, made_id)
    if is_misfiled or (old_id != made_id and current_id == made_id):
        product[CHAINS] = edit.before.get(CHAINS)
        report.restored.append(CATEGORY)
    elif old_id not in (made_id, current_id):
        report.kept.append(CATEGORY)
    return product


def _merge_fields(
    edit: MadeEdit,
    prefix: str,
    product: dict[str, Any],
    versions: tuple[Fields, Fields, Fields, Fields],
    node: FieldNode,
    report: _Report,
) -> None:
    """`versions` are the old object as read, and then the old, the sent and the current object in the form of Edit."""
    before, before_body, sent, now_body = versions
    for name in sorted(before_body.keys() | sent.keys() | now_body.keys()):
        child = node.children.get(name)
        if child is None or child.treatment not in _SENT or name in ("skus", "id"):
            continue
        old, made, current = before_body.get(name), sent.get(name), now_body.get(name)
        if old == current:
            continue
        was_damaged = prefix + name in edit.damaged and is_empty(current)
        if (made != old and made == current) or was_damaged:
            if name in before:
                product[name] = before[name]
            else:
                product.pop(name, None)
            report.restored.append(prefix + name)
        elif made != old:
            report.kept.append(prefix + name)


def _skus(edit: MadeEdit, now: Fields, bodies: tuple[Fields, Fields], report: _Report) -> list[Any]:
    """The restored SKUs of `now`. A deleted SKU cannot be restored, and a new one must not be deleted."""
    before, sent = _skus_by_id(edit.before), _skus_by_id(edit.sent)
    before_body, now_body = (_skus_by_id(body) for body in bodies)
    skus = []
    for sku in now.get("skus") or ():
        sku_id, restored = str(sku.get("id")), dict(sku)
        if sku_id in before and sku_id in sent:
            versions = (before[sku_id], before_body.get(sku_id, {}), sent[sku_id], now_body.get(sku_id, {}))
            _merge_fields(edit, "skus.", restored, versions, PRODUCT.children["skus"], report)
        skus.append(restored)
    for sku_id in before.keys() - _skus_by_id(now).keys():
        name = before[sku_id].get("seller_sku") or sku_id
        report.lost.append(f"variant {name} was deleted since and cannot be restored")
    return skus


def _skus_by_id(product: Fields) -> dict[str, Fields]:
    return {str(sku.get("id")): sku for sku in product.get("skus") or ()}


def _merge_attributes(edit: MadeEdit, product: dict[str, Any], report: _Report) -> None:
    old = edit.before.get("product_attributes") or ()
    merged = restored_attributes(
        old, edit.sent.get("product_attributes") or (), product.get("product_attributes") or ()
    )
    if list(merged.attributes) != list(product.get("product_attributes") or ()):
        product["product_attributes"] = list(merged.attributes)
    if ATTRIBUTES in edit.damaged:
        repaired, names = with_lost_attributes(old, merged.attributes)
        product[ATTRIBUTES] = list(repaired)
        report.restored += [f"attribute {name}" for name in names]
    report.restored += [f"attribute {name}" for name in merged.restored]
    report.kept += [f"attribute {name}" for name in merged.kept]


def _merge_brand(edit: MadeEdit, product: dict[str, Any], report: _Report) -> None:
    old, made, current = _brand_id(edit.before), str(edit.sent.get("brand_id") or ""), _brand_id(product)
    if BRAND in edit.damaged and old and not current:
        product[BRAND] = edit.before[BRAND]
        report.restored.append(BRAND)
        return
    if old in (made, current):
        return
    if made != current:
        report.kept.append("brand")
        return
    if old:
        product["brand"] = edit.before["brand"]
    else:
        product.pop("brand", None)
    report.restored.append("brand")


def _brand_id(product: Fields) -> str:
    return str((product.get("brand") or {}).get("id") or "")
