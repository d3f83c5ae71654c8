"""Categories, rules, attributes, listing schemas, recommendations."""

from __future__ import annotations

from random import Random
from typing import Any

import orjson

from simulator.api_error import ApiError
from simulator.call import Call
from simulator.rules.category import check_leaf, version_of, version_of_read
from simulator.rules.codes import OVERLOADED
from simulator.translations import translator


def get_categories(call: Call) -> dict[str, Any]:
    version = version_of_read(call.world.options, call.query("category_version"), call.shop.region)
    tree = call.world.trees.v1 if version == "v1" else call.world.trees.v2
    keyword = call.query("keyword").lower()
    translate = translator(call.query("locale"))
    return {
        "categories": [
            {
                "id": node.id,
                "parent_id": node.parent,
                "local_name": translate(node.name),
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
    version = version_of_read(call.world.options, call.query("category_version"), call.shop.region)
    check_leaf(call.world.trees, call.path("category"), version)
    catalogue = call.world.catalogue
    wanted = catalogue.old_attributes if version == "v1" else catalogue.attributes
    return {"attributes": wanted(call.path("category"))}


def recommend_category(call: Call) -> dict[str, Any]:
    """Finds the leaf from the title. The options set how often there is no recommendation or a wrong one."""
    title = str(call.body.get("product_title") or "")
    if not title:
        raise ApiError(12052261, "product_title is empty")
    options = call.world.options
    version = version_of(options, call.body.get("category_version"))
    trees, random = call.world.trees, Random(title)
    tree = trees.v1 if version == "v1" else trees.v2
    named = [node for node in tree.values() if node.leaf and node.name in title]
    if not named or random.random() < options.recommendation_missing_share:
        raise ApiError(12019064, "no matching category")
    best = max(named, key=lambda node: (len(node.name), node.id))
    if random.random() < options.recommendation_wrong_share:
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
    """Uses the platform's misspellings `fileds`, `MAX_TARGE_TSIZE` and `REGX`.

    202401 fails at the first bad id; 202407 lists bad ids in `errors`.
    """
    version = version_of(call.world.options, call.query("category_version"))
    try:
        wanted = orjson.loads(call.query("category_ids"))
    except orjson.JSONDecodeError:
        wanted = [int(each) for each in call.query("category_ids").split(",") if each.isdigit()]
    if isinstance(wanted, int):
        wanted = [wanted]
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, int) for each in wanted):
        raise ApiError(OVERLOADED, "category_ids is invalid: an array of int")
    schemas, errors = [], []
    for category in wanted:
        try:
            check_leaf(call.world.trees, str(category), version)
        except ApiError as error:
            if call.version == "202401":
                raise
            detail = {"category_id": category}
            errors.append({"code": error.code, "message": error.message, "detail": detail})
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


def _leaf(call: Call, category: str) -> None:
    """Raises ApiError unless `category` is a leaf of the tree that the query names."""
    check_leaf(call.world.trees, category, version_of(call.world.options, call.query("category_version")))
