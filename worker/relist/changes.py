"""What an edit would change, in words; and what of a product decides about its edit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from worker.relist import product_fields as fields
from worker.relist.resolve import old_category

COMPARED = (fields.CARRIED | fields.MAPPED) - {"category_chains"}


def changes(product: Mapping[str, Any], body: Mapping[str, Any], category_path: str) -> tuple[str, ...]:
    """One line a change; everything that is not named stays as it is."""
    old_id, old_name = old_category(product)
    lines = [f"category: {old_name or old_id} ({old_id}) → {category_path} ({body['category_id']})"]
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


def state_of(product: Mapping[str, Any]) -> str:
    """A fingerprint of all that an edit is made from, so not of stock, prices, audits or times."""
    seen: dict[str, Any] = {name: product[name] for name in COMPARED if name in product and name != "skus"}
    seen["category"] = old_category(product)[0]
    known = fields.SKU_CARRIED | fields.SKU_MAPPED
    skus = product.get("skus") or ()
    seen["skus"] = [{name: sku[name] for name in known if name in sku} for sku in skus]
    return fingerprint(_without_links(seen))


def _names(values: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(sorted(str(value.get("name") or value.get("id")) for value in values))


def _without_links(value: Any) -> Any:
    """Image addresses are signed anew at every read."""
    if isinstance(value, dict):
        return {name: _without_links(each) for name, each in value.items() if name not in ("urls", "thumb_urls", "url")}
    return [_without_links(each) for each in value] if isinstance(value, list) else value
