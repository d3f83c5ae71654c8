"""Describes a planned edit to the rollout: its decisions, its fields and the changes it declares. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from facts.load import platform_facts
from model.job import Job
from model.job_state import UndoState, state_of
from relisting.answered_fields import decided_names
from relisting.planned import PlannedEdit
from relisting.product_fields import PRODUCT
from relisting.validate.features import SIZE_CHART_NOT_SUPPORTED
from rollout.edit import MAX_DECISIONS, MAX_FIELDS, OWN_LEAF, Decision, Edit, content_version
from rollout.read_back import ATTRIBUTES, CATEGORY, Declared, carried_fields, created_fields, differences

DECIDED_HERE = frozenset({"mapping", "same_path", "recommended", "agreed", "attribute_rule", "proposal"})
BEFORE_IMAGE = "before_image"
PROPOSAL = "proposal"
"""All values filled in without asking for one attribute of one leaf are one decision, which is stopped and undone as a
whole.
"""
_NAME = re.compile(r"[^/\s\x00-\x1f]{1,60}")


@cache
def release() -> str:
    """The version of this service and of its facts; each new version starts slowly."""
    known = [(name, str(fact.date), fact.confidence) for name, fact in sorted(platform_facts().facts.items())]
    return f"{version('tiktok-relist')}+{content_version(known)}"


def rollout_edit(job: Job, region: str, plan: PlannedEdit, product: Mapping[str, Any], declared: Declared) -> Edit:
    """Raises InvalidEdit."""
    decisions = decisions_of(job, plan)
    cause = state_of(job.state, UndoState).cause if job.kind == "undo" and decisions else ""
    return Edit(
        job.shop_id,
        job.product_id,
        region,
        release(),
        plan.category_id,
        decisions,
        frozenset(_watched(carried_fields(product, declared))),
        job.run_id,
        cause,
    )


def watched_fields(product: Mapping[str, Any], declared: Declared) -> list[str]:
    """The fields of the product whose first edit in a leaf is read back, sorted."""
    return list(_watched(carried_fields(product, declared)))


@lru_cache(maxsize=1024)  # the products of a leaf have few different sets of fields
def _watched(carried: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in sorted(carried) if _NAME.fullmatch(name))[:MAX_FIELDS]


def rollout_creation(job: Job, region: str, plan: PlannedEdit) -> Edit:
    """Raises InvalidEdit. The category that a feeder or a seller names for a new listing is not a decision of this
    service.
    """
    decisions = tuple(each for each in decisions_of(job, plan) if each.rule in DECIDED_HERE)
    return Edit(
        job.shop_id,
        job.external_id,
        region,
        release(),
        plan.category_id,
        decisions,
        created_fields(plan.body),
        job.run_id,
    )


def decisions_of(job: Job, plan: PlannedEdit) -> tuple[Decision, ...]:
    """The choice of the leaf and every attribute rule used; empty for an unchanged leaf without rules."""
    found: list[Decision] = []
    if plan.rule == BEFORE_IMAGE:
        found.append(Decision("undo", content_version(job.run_id)))
    elif plan.rule != OWN_LEAF:
        source, content = str(plan.evidence.get("from") or ""), [plan.evidence.get("mapping"), plan.category_id]
        found.append(Decision(plan.rule, content_version(content), _name(source), _name(plan.category_id)))
    for use in plan.evidence.get("filled") or ():
        if use.get("rule") == PROPOSAL:
            attribute = str(use.get("attribute_id") or "")
            version_of_group = content_version([attribute, plan.category_id])
            found.append(Decision(PROPOSAL, version_of_group, _name(attribute), _name(plan.category_id)))
            continue
        rule = {name: use.get(name) for name in ("attribute_id", "rule", "row", "value")}
        found.append(Decision("attribute_rule", content_version(rule), _name(str(use.get("attribute_id") or ""))))
    return tuple(dict.fromkeys(found))[:MAX_DECISIONS]


def declared_changes(
    job: Job, product: Mapping[str, Any], plan: PlannedEdit, allowed_fields: frozenset[str]
) -> Declared:
    """Returns the allowed differences after the edit: the leaf, and the attributes and the brand that the plan changes.

    An undo restores other fields as well, and a person may have answered some. The platform ignores a size chart in a
    category without one (documented), and the plan warns of it. All other seller data must stay unchanged, whatever the
    body contains.
    """
    body = plan.body
    old, new = _attributes(product.get(ATTRIBUTES)), _attributes(body.get(ATTRIBUTES))
    changed = {name: new.get(name, frozenset()) for name in old.keys() | new.keys() if not _same(old, new, name)}
    if job.kind == "undo":
        also = _restored(product, body)
    elif decided := decided_names(job.fields or {}):
        also = _restored(product, body) & decided
    else:
        also = frozenset()
    if SIZE_CHART_NOT_SUPPORTED in plan.features:
        also |= {"size_chart"}
    brand, wanted = str((product.get("brand") or {}).get("id") or ""), str(body.get("brand_id") or "")
    return Declared(plan.category_id, changed, wanted if wanted != brand else None, allowed_fields | also)


def _restored(product: Mapping[str, Any], body: Mapping[str, Any]) -> frozenset[str]:
    """The fields of the body that differ from the product. A body's variants are compared by their own fields."""
    # A field that the platform cleared is missing from the product; the body restores it.
    names = product.keys() | (body.keys() & PRODUCT.children.keys())
    same = {name: body.get(name, product.get(name)) for name in names}
    found = set(differences(product, {**same, "skus": product.get("skus")}, Declared("")))
    old = {str(sku.get("id")): sku for sku in product.get("skus") or ()}
    for sku in body.get("skus") or ():
        before = old.get(str(sku.get("id")), {})
        found |= {f"skus.{name}" for name, value in sku.items() if before.get(name) != value}
    return frozenset(found - {CATEGORY, ATTRIBUTES, "brand"})


def _attributes(value: Any) -> dict[str, frozenset[str]]:
    """Attribute id -> its values, each as an id, or as a name for a custom value."""
    found: dict[str, frozenset[str]] = {}
    for attribute in value if isinstance(value, list) else ():
        values = {str(each.get("id") or each.get("name") or "") for each in attribute.get("values") or ()} - {""}
        if values:
            name = str(attribute.get("id"))
            found[name] = found.get(name, frozenset()) | values
    return found


def _same(old: Mapping[str, frozenset[str]], new: Mapping[str, frozenset[str]], name: str) -> bool:
    return old.get(name, frozenset()) == new.get(name, frozenset())


def _name(value: str) -> str:
    """The value, or empty if it cannot be part of a key; the content version distinguishes such decisions."""
    return value if _NAME.fullmatch(value) else ""
