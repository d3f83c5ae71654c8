"""Compares the product on the platform with the before-image and the changes that the decision declares. Pure.

The comparison ignores the edit's body, so it also finds faults in the body. Only declared changes are allowed; all
other seller data must be unchanged. A difference is either a loss, which a seller is unlikely to cause within the
second before a look, or a change, which may be the seller's own later edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rollout.outcome import Changed, Clean, Damaged, NotYet

CATEGORY = "category_chains"
ATTRIBUTES = "product_attributes"
PLATFORMS_OWN = frozenset(
    {"id", "status", "product_status", "audit", "audit_failed_reasons", "recommended_categories", "has_draft",
     "create_time", "update_time", "listing_quality_tier", "product_types", "product_families",
     "prescription_requirement", "sales_regions", "is_replicated", "product_sync_fail_reasons",
     "integrated_platform_statuses", "is_not_for_sale", "primary_combined_product_id",
     "global_product_association", "skus.status_info", "skus.create_time", "skus.update_time",
     "skus.global_sku_id", "skus.price", "skus.inventory", "skus.combined_skus",
     "subscribe_info.subscribe_promotion_config", "subscribe_info.support_subscribe"}
)  # fmt: skip
"""Fields that the platform or a sale changes, not an edit."""
DERIVED = frozenset(
    {"urls", "thumb_urls", "url", "cover_url", "width", "height", "format", "size", "is_available", "name",
     "prefix", "suffix", "unit_name", "title"}
)  # fmt: skip
"""Derived fields of objects with an id or URI. Image URLs are signed again at every read."""
NAMED_BY = ("id", "uri")


@dataclass(frozen=True, slots=True)
class Declared:
    """The changes that a decision declares."""

    leaf: str
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Attribute id -> names or ids of its new values; an empty set if the attribute is removed."""
    brand_id: str | None = None
    """The new brand; None if it is unchanged."""
    fields: frozenset[str] = frozenset()
    """Other top-level fields or `skus.<name>` that the seller's answers change."""


def read_back(
    before: Mapping[str, Any], now: Mapping[str, Any], declared: Declared
) -> Clean | NotYet | Changed | Damaged:
    """Compares two Get Product responses; `now` is the version under review if there is one.

    Returns NotYet while `now` is the old version, in which neither declared nor other fields have changed. An edit
    without visible changes, for example from a leaf to itself, is recognised by a later `update_time`.

    Lost values and a leaf that nobody chose are damage. Other values than expected are a change, for which the seller
    may be the reason; so is a product that is back in its old leaf, for example because the seller saved an older
    version.
    """
    found = differences(before, now, declared)
    if found and _is_old(before, now, declared):
        return NotYet()
    if not found and not _is_newer(before, now) and _is_same(before, now):
        return NotYet()
    if lost := tuple(sorted(name for name, is_lost in found.items() if is_lost)):
        return Damaged(lost)
    return Changed(tuple(sorted(found))) if found else Clean()


def differences(before: Mapping[str, Any], now: Mapping[str, Any], declared: Declared) -> dict[str, bool]:
    """The fields of `now` that are neither as before nor as declared, and whether a value is lost."""
    found: dict[str, bool] = {}
    for name, is_lost in (*_other_fields(before, now, declared), *_declared_fields(before, now, declared)):
        found[name] = found.get(name, False) or is_lost
    return found


CREATED_FIELDS = frozenset({"title", "description", "main_images", "product_attributes", "skus.seller_sku"})
"""Fields that a new listing must show if it was created with them. The platform may ignore others, such as a size chart
that the category does not support.
"""


def created_fields(body: Mapping[str, Any]) -> frozenset[str]:
    """The fields that the body of a creation has and the listing must show."""
    return frozenset(name for name in CREATED_FIELDS if _has(body, name)) | {CATEGORY}


def created(fields: frozenset[str], leaf: str, now: Mapping[str, Any]) -> Clean | Damaged:
    """`now` is the Get Product answer for a new listing, created with these fields under this leaf."""
    lost = {name for name in fields & CREATED_FIELDS if not _has(now, name)}
    damaged = lost | ({CATEGORY} if leaf_of(now) != leaf else set())
    return Damaged(tuple(sorted(damaged))) if damaged else Clean()


def _has(version: Mapping[str, Any], path: str) -> bool:
    if path.startswith("skus."):
        return any(not _blank(sku.get(path.removeprefix("skus."))) for sku in _objects(version.get("skus")))
    return not _blank(version.get(path))


def carried_fields(before: Mapping[str, Any], declared: Declared) -> frozenset[str]:
    """The fields whose first edit in a leaf must be read back: all fields of the product that an edit sends again."""
    # The first test of each value is for speed.
    names = frozenset([name for name, value in before.items() if value or not _blank(value)])
    skus = _objects(before.get("skus"))
    of_skus = frozenset([name for sku in skus for name, value in sku.items() if value or not _blank(value)])
    return _carried(names, of_skus, declared.fields, has_skus=bool(before.get("skus")))


@lru_cache(maxsize=1024)  # the products of a leaf have few different sets of fields
def _carried(
    given: frozenset[str], of_skus: frozenset[str], declared: frozenset[str], *, has_skus: bool
) -> frozenset[str]:
    names = given - PLATFORMS_OWN - {"skus"} | {f"skus.{name}" for name in of_skus} - PLATFORMS_OWN
    if has_skus:
        names |= {"skus.deleted", "skus.added"}
    return (names | declared | {CATEGORY, ATTRIBUTES}) - {"skus.id"}


def _other_fields(before: Mapping[str, Any], now: Mapping[str, Any], declared: Declared) -> Iterator[tuple[str, bool]]:
    apart = {"skus", CATEGORY, ATTRIBUTES, "brand", *PLATFORMS_OWN, *declared.fields}
    for name in sorted((before.keys() | now.keys()) - apart):
        is_now = _essence(now.get(name), name)
        if _essence(before.get(name), name) != is_now:
            yield name, _blank(is_now)
    old, new = (_by_id(version.get("skus")) for version in (before, now))
    if old.keys() - new.keys() and "skus.deleted" not in declared.fields:
        yield "skus.deleted", True
    if new.keys() - old.keys() and "skus.added" not in declared.fields:
        yield "skus.added", False
    for identity in old.keys() & new.keys():
        was, shown = old[identity], new[identity]
        for name in was.keys() | shown.keys():
            path = f"skus.{name}"
            if path in PLATFORMS_OWN or path in declared.fields:
                continue
            is_now = _essence(shown.get(name), path)
            if _essence(was.get(name), path) != is_now:
                yield path, _blank(is_now)


def _declared_fields(
    before: Mapping[str, Any], now: Mapping[str, Any], declared: Declared
) -> Iterator[tuple[str, bool]]:
    leaf = leaf_of(now)
    is_back = leaf == leaf_of(before)
    if leaf != declared.leaf:
        yield CATEGORY, not is_back
    old_brand, brand = (_identity(version.get("brand")) for version in (before, now))
    if brand != (declared.brand_id if declared.brand_id is not None else old_brand):
        yield "brand", not brand and not (is_back and not old_brand)
    old, new = (_attributes(version) for version in (before, now))
    for identity in old.keys() | new.keys() | declared.attributes.keys():
        was, found = old.get(identity, []), new.get(identity, [])
        if identity in declared.attributes:
            wanted = declared.attributes[identity]
            if len(found) != len(wanted) or not all(value & wanted for value in found):
                is_lost = len(found) < len(wanted) and all(value & wanted for value in found)
                yield ATTRIBUTES, is_lost and not (is_back and _same_values(was, found))
        elif not _same_values(was, found):
            yield ATTRIBUTES, len(found) < len(was) and _same_values([v for v in was if _is_among(v, found)], found)


def _is_among(value: frozenset[str], found: Sequence[frozenset[str]]) -> bool:
    return any(value & each for each in found)


def _is_old(before: Mapping[str, Any], now: Mapping[str, Any], declared: Declared) -> bool:
    """Whether the platform still shows the version before the edit."""
    if not _changes(before, declared):
        return not _is_newer(before, now)
    return _is_same(before, now)


def _is_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether no field of the seller's differs."""
    unchanged = Declared(leaf_of(before))
    same = not any(True for _ in _other_fields(before, now, unchanged))
    return same and not any(True for _ in _declared_fields(before, now, unchanged))


def _changes(before: Mapping[str, Any], declared: Declared) -> bool:
    """Whether the declared changes would be visible in the product."""
    return any(True for _ in _declared_fields(before, before, declared)) or bool(declared.fields)


def _is_newer(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    then, later = before.get("update_time"), now.get("update_time")
    try:
        if int(later or 0) > int(then or 0):
            return True
    except (TypeError, ValueError):
        return then != later
    return (before.get("audit") or {}) != (now.get("audit") or {})


def leaf_of(product: Mapping[str, Any]) -> str:
    """The id of the product's category; empty if it has none."""
    chain = _objects(product.get(CATEGORY))
    leaves = [each for each in chain if each.get("is_leaf")] or chain[-1:]
    return str(leaves[-1].get("id") or "") if leaves else ""


def _attributes(product: Mapping[str, Any]) -> dict[str, list[frozenset[str]]]:
    """Attribute id -> values, each with its id and name, since the id of a custom value may change."""
    found: dict[str, list[frozenset[str]]] = {}
    for attribute in _objects(product.get(ATTRIBUTES)):
        values = [
            frozenset(str(value[name]) for name in ("id", "name") if value.get(name))
            for value in _objects(attribute.get("values"))
        ]
        if values:
            found.setdefault(str(attribute.get("id")), []).extend(each for each in values if each)
    return found


def _same_values(old: Sequence[frozenset[str]], new: Sequence[frozenset[str]]) -> bool:
    if len(old) != len(new):
        return False
    left = list(new)
    for value in old:
        match = next((each for each in left if each & value), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _essence(value: Any, path: str = "") -> Any:
    """The value without derived fields and with all blank values made equal."""
    if isinstance(value, Mapping):
        named = any(value.get(name) for name in NAMED_BY)
        kept = {
            name: essence
            for name, each in value.items()
            if f"{path}.{name}" not in PLATFORMS_OWN
            and not (named and name in DERIVED)
            and not _blank(essence := _essence(each, f"{path}.{name}"))
        }
        return kept or None
    if isinstance(value, list):
        return [each for each in (_essence(one, path) for one in value) if not _blank(each)] or None
    return None if _blank(value) else value


def _blank(value: Any) -> bool:
    return not value and value in (None, "", [], {})


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _by_id(value: Any) -> dict[str, Mapping[str, Any]]:
    return {str(each.get("id")): each for each in _objects(value)}


def _identity(value: Any) -> str:
    return str(value.get("id") or "") if isinstance(value, Mapping) else ""
