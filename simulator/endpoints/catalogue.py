"""Categories, rules, attributes, brands, listing schemas, recommendations."""

from __future__ import annotations

from random import Random
from typing import Any

import orjson

from simulator.call import Call
from simulator.refusal import Refusal
from simulator.rules.category import check_leaf, version_of
from simulator.rules.submission import OVERLOADED
from simulator.trees import Node


def get_categories(call: Call) -> dict[str, Any]:
    tree = _tree(call, call.query("category_version"))
    keyword = call.query("keyword").lower()
    return {
        "categories": [
            {
                "id": node.id,
                "parent_id": node.parent,
                "local_name": node.name,
                "is_leaf": node.leaf,
                "permission_statuses": list(node.permissions),
            }
            for node in tree.values()
            if keyword in node.name.lower()
        ]
    }


def get_rules(call: Call) -> dict[str, Any]:
    _leaf(call, call.path("category"))
    return call.world.catalogue.rules(call.path("category"))


def get_attributes(call: Call) -> dict[str, Any]:
    version = _leaf(call, call.path("category"))
    catalogue = call.world.catalogue
    wanted = catalogue.old_attributes if version == "v1" else catalogue.attributes
    return {"attributes": wanted(call.path("category"))}


def get_brands(call: Call) -> dict[str, Any]:
    catalogue, authorized, category = call.world.catalogue, call.shop.authorized_brands, call.query("category_id")
    if category:
        _leaf(call, category)
    else:
        version_of(call.world.options, call.query("category_version"))
    if call.query("is_authorized") not in ("", "true", "false"):
        raise Refusal(OVERLOADED, "is_authorized is invalid")
    brands = []
    for brand in catalogue.brands:
        own = brand["id"] in authorized
        if call.query("brand_name").lower() not in brand["name"].lower():
            continue
        if call.query("is_authorized") and own != (call.query("is_authorized") == "true"):
            continue
        shown = {**brand, "authorized_status": "AUTHORIZED" if own else "UNAUTHORIEZD"}
        if own and category:
            shown["brand_status"] = (
                "AVAILABLE" if catalogue.brand_is_available(brand["id"], category) else "UNAVAILABLE"
            )
        brands.append(shown)
    first, size = call.query("page_token") or "0", page_size(call)
    if not first.isdigit():
        raise Refusal(12019108, "page_token is invalid")
    following = int(first) + size
    return {
        "brands": brands[int(first) : following],
        "total_count": len(brands),
        "next_page_token": str(following) if following < len(brands) else "",
    }


def recommend_category(call: Call) -> dict[str, Any]:
    """Knows the right answer from the title most of the time; has none, or another, now and then."""
    title = str(call.body.get("product_title") or "")
    if not title:
        raise Refusal(12052261, "product_title is empty")
    version = version_of(call.world.options, call.body.get("category_version"))
    trees, random = call.world.trees, Random(title)
    tree = trees.v1 if version == "v1" else trees.v2
    named = [node for node in tree.values() if node.leaf and node.name in title]
    if not named or random.random() < 0.1:
        raise Refusal(12019064, "no matching category")
    best = max(named, key=lambda node: (len(node.name), node.id))
    if random.random() < 0.05:
        best = random.choice([node for node in tree.values() if node.leaf])
    path = [
        {
            "id": each["id"],
            "name": each["local_name"],
            "is_leaf": each["is_leaf"],
            "level": level,
            "permission_statuses": list(tree[each["id"]].permissions),
        }
        for level, each in enumerate(trees.chain(best.id, tree), 1)
    ]
    return {"leaf_category_id": best.id, "categories": path}


def listing_schemas(call: Call) -> dict[str, Any]:
    """With the misspellings of the wire: `fileds`, `MAX_TARGE_TSIZE`, `REGX`. 202401 fails at the first bad id, 202407
    tells it beside the good ones."""
    version = version_of(call.world.options, call.query("category_version"))
    try:
        wanted = orjson.loads(call.query("category_ids"))
    except orjson.JSONDecodeError:
        wanted = [int(each) for each in call.query("category_ids").split(",") if each.isdigit()]
    if isinstance(wanted, int):
        wanted = [wanted]
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, int) for each in wanted):
        raise Refusal(OVERLOADED, "category_ids is invalid: an array of int")
    schemas, errors = [], []
    for category in wanted:
        try:
            check_leaf(call.world.trees, str(category), version)
        except Refusal as refusal:
            if call.version == "202401":
                raise
            detail = {"category_id": category}
            errors.append({"code": refusal.code, "message": refusal.message, "detail": detail})
        else:
            schemas.append({"category_id": category, "fileds": _schema_fields(call, str(category))})
    return {"listing_schemas": schemas, **({"errors": errors} if errors else {})}


def _schema_fields(call: Call, category: str) -> list[dict[str, Any]]:
    rules = call.world.catalogue.rules(category)
    fields: list[dict[str, Any]] = [
        {
            "id": "title",
            "name": "Title",
            "rules": [_rule("VALUE_TYPE", "STRING"), _rule("REQUIRED", "true"), _rule("MAX_LENGTH", "255")],
        },
        {
            "id": "main_images",
            "name": "Main images",
            "rules": [_rule("REQUIRED", "true"), _rule("MAX_INPUT_NUM", "9"), _rule("MAX_TARGE_TSIZE", "10485760")],
        },
        {
            "id": "size_chart",
            "name": "Size chart",
            "rules": [
                _rule("SUPPORTED", str(rules["size_chart"]["is_supported"]).lower()),
                _rule("REQUIRED", str(rules["size_chart"]["is_required"]).lower()),
            ],
        },
    ]
    for attribute in call.world.catalogue.attributes(category):
        own = [_rule("REQUIRED", str(attribute["is_requried"]).lower())]
        if attribute.get("value_data_format"):
            own.append(_rule("REGX", r"^\d+(\.\d+)?$"))
        fields.append({"id": attribute["id"], "name": attribute["name"], "rules": own, "options": attribute["values"]})
    return fields


def _rule(kind: str, value: str) -> dict[str, str]:
    return {"type": kind, "value": value}


def page_size(call: Call) -> int:
    size = call.query("page_size")
    if not size.isdigit() or not 1 <= int(size) <= 100:
        raise Refusal(12019109, "page_size must be between 1 and 100")
    return int(size)


def _tree(call: Call, version: str) -> dict[str, Node]:
    trees = call.world.trees
    return trees.v1 if version_of(call.world.options, version) == "v1" else trees.v2


def _leaf(call: Call, category: str) -> str:
    version = version_of(call.world.options, call.query("category_version"))
    check_leaf(call.world.trees, category, version)
    return version
