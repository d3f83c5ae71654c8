"""What an edit would change, in words; and what of a product decides about its edit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from relisting.product_fields import FATES
from relisting.resolve import old_category


def changes(product: Mapping[str, Any], body: Mapping[str, Any], category_path: str) -> tuple[str, ...]:
    """One line a change; everything that is not named stays as it is."""
    old_id, old_name = old_category(product)
    new_id = body["category_id"]
    new = f"{category_path} ({new_id})" if category_path else new_id  # The journal keeps ids only.
    lines = [f"category: {old_name or old_id} ({old_id}) → {new}"]
    before = {str(each.get("name") or each.get("id")): each for each in product.get("product_attributes") or ()}
    by_id = {str(each.get("id")): name for name, each in before.items()}
    kept = set()
    for attribute in body.get("product_attributes") or ():
        name = by_id.get(str(attribute["id"]))
        old, new = _names(before[name].get("values") or ()) if name else "", _names(attribute["values"])
        kept.add(name)
        if old != new:
            lines.append(f"attribute {name or attribute['id']}: {old or 'none'} → {new}")
    lines += [
        f"attribute {name}: {_names(each.get('values') or ())} → none"
        for name, each in before.items()
        if name not in kept
    ]
    old_brand = str((product.get("brand") or {}).get("id") or "")
    if old_brand != (body.get("brand_id") or ""):
        lines.append(f"brand: {old_brand or 'none'} → {body.get('brand_id') or 'none'}")
    return tuple(lines)


def fingerprint(value: Any) -> str:
    """The same for the same content, whatever the order of its fields."""
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def state_of(product: dict[str, Any]) -> str:
    """A fingerprint of all that an edit is made from, so not of stock, prices, audits or times."""
    seen = _editable(product, "")
    return fingerprint({**seen, "category": old_category(product)[0]})


def _names(values: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(sorted(str(value.get("name") or value.get("id")) for value in values))


def _editable(value: Any, path: str) -> Any:
    """Without what the platform derives or a sale changes; image addresses are signed anew at every read."""
    if isinstance(value, list):
        return [_editable(each, path) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, each in value.items():
        below = f"{path}.{name}" if path else name
        fate = FATES.get(below)
        if fate is None or fate.verdict not in ("platform", "omitted"):
            kept[name] = _editable(each, below) if fate and fate.verdict in ("inside", "apart") else each
    return kept
