"""What the platform refuses in an Edit or Create body, with its own codes. Pure; nothing of the product in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.trees import Trees, attributes_of, rules_of


class Refusal(Exception):
    def __init__(self, code: int, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def check_version(trees: Trees, category_id: str, version: object) -> None:
    if version is None or version == "v1":
        raise Refusal(12052217, "category_version v1 is not supported any more, use v2")
    if version != "v2":
        raise Refusal(36009004, "category_version is invalid")
    node = trees.v2.get(category_id)
    if node is None:
        known = category_id in trees.v1
        raise Refusal(
            12052230 if known else 12052023,
            "category version and category id do not match" if known else "category does not exist",
        )
    if not node.leaf:
        raise Refusal(12052024, "category is not a leaf")


def check_listing(seed: int, trees: Trees, body: Mapping[str, Any], authorized_brands: frozenset[str]) -> None:
    """Raises Refusal."""
    category_id = str(body.get("category_id") or "")
    check_version(trees, category_id, body.get("category_version"))
    for field in ("title", "description", "main_images", "skus"):
        if not body.get(field):
            raise Refusal(36009004, f"{field} is required")
    if not 1 <= len(body["title"]) <= 255:
        raise Refusal(12052051, "title length is invalid")
    if len(body["main_images"]) > 9 or any("uri" not in image for image in body["main_images"]):
        raise Refusal(12052028, "main_images are invalid")
    if trees.v2[category_id].permissions == ("INVITE_ONLY",):
        raise Refusal(12052220, "category is invite only")
    _check_attributes(seed, category_id, body.get("product_attributes") or [])
    rules = rules_of(seed, category_id)
    given = {each.get("id") for each in body.get("certifications") or []}
    for certification in rules["product_certifications"]:
        if certification["is_required"] and certification["id"] not in given:
            raise Refusal(12052105, f"certification {certification['name']} is required")
    if rules["size_chart"]["is_required"] and not body.get("size_chart"):
        raise Refusal(12052128, "size chart is required")
    if rules["package_dimension"]["is_required"] and not body.get("package_dimensions"):
        raise Refusal(12052116, "package dimensions are required")
    brand = str(body.get("brand_id") or "")
    if brand.startswith("708242731158434000") and int(brand[-1]) < 3 and brand not in authorized_brands:
        raise Refusal(12052208, "the brand is not authorized for this seller")


def _check_attributes(seed: int, category_id: str, given: list[dict[str, Any]]) -> None:
    known = {each["id"]: each for each in attributes_of(seed, category_id)}
    values = {str(each.get("id")): each.get("values") or [] for each in given}
    if len(values) != len(given):
        raise Refusal(12052251, "duplicate attribute")
    for identity, own in values.items():
        attribute = known.get(identity)
        if attribute is None or attribute["type"] != "PRODUCT_PROPERTY":
            raise Refusal(12052240, f"attribute {identity} does not belong to the category")
        if len(own) > 1 and not attribute["is_multiple_selection"]:
            raise Refusal(12052246, f"{attribute['name']} takes one value")
        ids = {value["id"] for value in attribute["values"]}
        for value in own:
            if value.get("id"):
                if value["id"] not in ids:
                    raise Refusal(12052244, f"{attribute['name']} has no value {value['id']}")
            elif not attribute["is_customizable"]:
                raise Refusal(12052247, f"{attribute['name']} takes no custom value")
    for identity, attribute in known.items():
        if attribute["type"] != "PRODUCT_PROPERTY":
            continue
        conditions = attribute.get("requirement_conditions") or []
        holds = any(
            value.get("id") == each["attribute_value_id"]
            for each in conditions
            for value in values.get(each["attribute_id"], ())
        )
        if attribute["is_requried"] and not values.get(identity):
            raise Refusal(12052104, f"{attribute['name']} is required")
        if holds and not values.get(identity):
            raise Refusal(12052182, f"{attribute['name']} is required with these attributes")
        if conditions and not holds and values.get(identity):
            raise Refusal(12052183, f"{attribute['name']} must be empty with these attributes")
