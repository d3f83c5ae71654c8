"""Whatever a product has, an edit that replaces everything leaves it as it was, but for what a relist is for."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tiktok_shop.catalogue import Attribute, AttributeValue, Brand, Category, CategoryRules, Certification
from tiktok_shop.catalogue import RequirementCondition as Condition
from worker.relist.attributes import carry_attributes
from worker.relist.merge import UnknownFields, merge
from worker.relist.resolve import Hints, NeedsRecommendation, Recommended, Resolved, Unresolved, resolve
from worker.relist.tree import CategoryTree
from worker.relist.validate import validate

ids = st.integers(1, 10**19).map(str)
words = st.text(min_size=1, max_size=12)
money = st.fixed_dictionaries({"amount": st.just("1.20"), "currency": st.just("USD")})
image = st.builds(
    lambda uri: {"uri": uri, "urls": ["https://cdn/" + uri], "thumb_urls": [], "width": 600, "height": 600}, words
)
sizes = st.just({"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"})
weight = st.just({"value": "1.32", "unit": "KILOGRAM"})
sku = st.fixed_dictionaries(
    {"id": ids, "price": st.just({"currency": "USD", "sale_price": "117.5"}), "inventory": st.just([{"quantity": 9}])},
    optional={
        "seller_sku": words,
        "external_sku_id": ids,
        "identifier_code": st.just({"code": "10000000000010", "type": "GTIN"}),
        "sales_attributes": st.lists(
            st.fixed_dictionaries(
                {"id": ids, "name": words, "value_id": ids, "value_name": words},
                optional={"sku_img": image, "supplementary_sku_images": st.lists(image, min_size=1, max_size=2)},
            ),
            min_size=1,
            max_size=2,
        ),
        "external_urls": st.lists(words, min_size=1, max_size=2),
        "extra_identifier_codes": st.lists(ids, min_size=1, max_size=2),
        "pre_sale": st.just({"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": 3}}),
        "list_price": money,
        "external_list_prices": st.lists(money, min_size=1, max_size=1),
        "fees": st.just([{"type": "PFAND", "amount": "1.01", "additional_attribute": "SINGLE_USE"}]),
        "combined_skus": st.just([{"product_id": "1", "sku_id": "2", "sku_count": 1}]),
        "sku_unit_count": st.just("100.00"),
        "sku_dimensions": sizes,
        "sku_weight": weight,
    },
)
product = st.fixed_dictionaries(
    {
        "id": ids,
        "title": words,
        "description": words,
        "category_chains": st.just([{"id": "5", "is_leaf": True, "local_name": "Jars", "parent_id": "1"}]),
        "main_images": st.lists(image, min_size=1, max_size=3),
        "skus": st.lists(sku, min_size=1, max_size=3),
    },
    optional={
        "brand": st.fixed_dictionaries({"id": ids, "name": words}),
        "certifications": st.lists(
            st.fixed_dictionaries(
                {"id": ids, "title": words},
                optional={
                    "images": st.lists(image, min_size=1, max_size=2),
                    "files": st.just([{"id": "v0", "name": "C.PDF", "format": "PDF", "urls": ["https://x"]}]),
                    "expiration_date": st.integers(1, 2**31),
                },
            ),
            min_size=1,
            max_size=2,
        ),
        "size_chart": st.fixed_dictionaries({}, optional={"image": image, "template": st.just({"id": "72"})}),
        "video": st.fixed_dictionaries({"id": ids, "url": words}),
        "delivery_options": st.just([{"id": "17", "name": "SELLER", "is_available": False}]),
        "integrated_platform_statuses": st.just([{"platform": "TOKOPEDIA", "status": "ACTIVATE"}]),
        "package_weight": weight,
        "package_dimensions": sizes,
        "is_cod_allowed": st.booleans(),
        "external_product_id": ids,
        "manufacturer_ids": st.lists(ids, min_size=1, max_size=2),
        "responsible_person_ids": st.lists(ids, min_size=1, max_size=2),
        "shipping_insurance_requirement": st.just("OPTIONAL"),
        "shipping_template_id": ids,
        "is_pre_owned": st.booleans(),
        "minimum_order_quantity": st.integers(1, 20),
        "scheduled_sale": st.just({"is_enabled_scheduled_sale": False, "schedule_sale_time": 1768899145000}),
        "search_terms": st.lists(words, min_size=1, max_size=3),
        "key_product_features": st.lists(words, min_size=1, max_size=3),
        "audit": st.just({"status": "APPROVED"}),
        "status": st.just("ACTIVATE"),
        "update_time": st.integers(1, 2**31),
    },
)


def apply_edit(before: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """A small platform: full replace, omitted SKUs deleted, price and inventory kept."""
    kept = {sku["id"]: {name: sku[name] for name in ("price", "inventory")} for sku in before["skus"]}
    after = {name: value for name, value in body.items() if name not in ("category_version", "save_mode")}
    after["skus"] = [{**sku, **kept[sku["id"]]} for sku in body["skus"]]
    return after


def visible(value: Any) -> Any:
    """What a buyer or seller could miss: URLs and sizes of images follow from their `uri`."""
    if isinstance(value, dict):
        return {
            name: visible(each)
            for name, each in value.items()
            if name not in ("urls", "thumb_urls", "width", "height", "url", "title")
            or ("uri" not in value and name == "title")
        }
    return [visible(each) for each in value] if isinstance(value, list) else value


@given(product)
def test_everything_but_category_and_attributes_survives(before: dict[str, Any]) -> None:
    untouched = copy.deepcopy(before)
    body = merge(before, "853000", [])
    assert not isinstance(body, UnknownFields)
    assert before == untouched, "the before-image is evidence and must not be changed"
    after = apply_edit(before, body)
    assert after["category_id"] == "853000"
    assert [sku["id"] for sku in after["skus"]] == [sku["id"] for sku in before["skus"]]
    assert after.get("brand_id", "") == before.get("brand", {}).get("id", "")
    assert after.get("delivery_option_ids", []) == [each["id"] for each in before.get("delivery_options", [])]
    assert after.get("video", {}).get("id") == before.get("video", {}).get("id")
    for name in ("title", "description", "package_weight", "package_dimensions", "search_terms", "scheduled_sale"):
        assert after.get(name) == before.get(name)
    for name in ("manufacturer_ids", "responsible_person_ids", "external_product_id", "is_cod_allowed", "is_pre_owned"):
        assert after.get(name) == before.get(name)
    assert visible(after["skus"]) == visible(before["skus"])
    assert [image["uri"] for image in after["main_images"]] == [image["uri"] for image in before["main_images"]]
    size_chart = visible(before.get("size_chart", {}))
    assert visible(after.get("size_chart", {})) == size_chart
    for old, new in zip(before.get("certifications", []), after.get("certifications", []), strict=True):
        assert new.get("expiration_date") == old.get("expiration_date")
        assert [each["uri"] for each in new.get("images", [])] == [each["uri"] for each in old.get("images", [])]
        assert [each["id"] for each in new.get("files", [])] == [each["id"] for each in old.get("files", [])]


@given(product)
def test_price_and_inventory_are_never_sent(before: dict[str, Any]) -> None:
    body = merge(before, "853000", [])
    assert not isinstance(body, UnknownFields)
    assert all(not {"price", "inventory"} & set(sku) for sku in body["skus"])


@given(product, words.filter(lambda name: name.isalpha()))
def test_a_field_nobody_knows_stops_the_edit_unless_allowed(before: dict[str, Any], name: str) -> None:
    name = "new_" + name
    before[name] = {"x": 1}
    before["skus"][0][name] = [1]
    assert merge(before, "853000", []) == UnknownFields(tuple(sorted((name, f"skus.{name}"))))
    assert not isinstance(merge(before, "853000", [], allowed=frozenset({name, f"skus.{name}"})), UnknownFields)


def attribute(number: int, name: str, **fields: Any) -> Attribute:
    defaults: dict[str, Any] = {"is_required": False, "is_customizable": False, "is_multiple_selection": False}
    return Attribute(str(number), name, fields.pop("type", "PRODUCT_PROPERTY"), **{**defaults, **fields})


COTTON = AttributeValue("11", "Cotton")
WOOL = AttributeValue("12", "Wool")


def with_attributes(*given: tuple[str, str, list[dict[str, str]]]) -> dict[str, Any]:
    return {"product_attributes": [{"id": i, "name": n, "values": v} for i, n, v in given]}


def test_attributes_go_by_id_then_by_name_and_what_has_no_place_is_told() -> None:
    new = [attribute(1, "Material", values=(COTTON, WOOL)), attribute(2, "Pattern", is_customizable=True)]
    old = with_attributes(
        ("900", "MATERIAL ", [{"id": "77", "name": "cotton"}]),
        ("2", "Muster", [{"name": "Dots"}]),
        ("3", "Season", [{"name": "Winter"}]),
    )
    carried = carry_attributes(old, new)
    assert carried.product_attributes == (
        {"id": "1", "values": [{"id": "11", "name": "Cotton"}]},
        {"id": "2", "values": [{"name": "Dots"}]},
    )
    assert carried.warnings == ("Season: the new category has no such attribute",)


def test_one_value_where_one_is_taken_and_none_invented() -> None:
    new = [attribute(1, "Material", values=(COTTON, WOOL))]
    carried = carry_attributes(with_attributes(("1", "Material", [{"id": "11"}, {"id": "12"}, {"name": "Silk"}])), new)
    assert carried.product_attributes == ({"id": "1", "values": [{"id": "11", "name": "Cotton"}]},)
    assert len(carried.warnings) == 2


def test_a_conditional_attribute_is_emptied_with_its_condition() -> None:
    new = [
        attribute(1, "Battery", values=(AttributeValue("1", "Yes"), AttributeValue("2", "No"))),
        attribute(2, "Cells", is_customizable=True, conditions=(Condition("1", "1"),)),
        attribute(3, "Chemistry", values=(AttributeValue("5", "Li"),), conditions=(Condition("2", "9"),)),
    ]
    product = with_attributes(("1", "Battery", [{"id": "2"}]), ("2", "Cells", [{"name": "4"}]))
    assert [each["id"] for each in carry_attributes(product, new).product_attributes] == ["1"]
    answered = carry_attributes(product, new, [{"id": "1", "values": [{"id": "1"}]}])
    assert [each["id"] for each in answered.product_attributes] == ["1", "2"]


GOOD_BODY: dict[str, Any] = {
    "title": "A jar of glass with a lid of wood",
    "description": "<p>A jar</p>",
    "main_images": [{"uri": "u"}],
    "skus": [{"id": "1"}],
}


def test_all_problems_come_at_once_with_what_is_allowed() -> None:
    attributes = [
        attribute(1, "Material", is_required=True, values=(COTTON, WOOL)),
        attribute(2, "Battery", values=(AttributeValue("1", "Yes"),)),
        attribute(3, "Cells", is_customizable=True, conditions=(Condition("2", "1"),)),
    ]
    rules = CategoryRules(
        certifications=(Certification("7", "CE", True),), size_chart_required=True, package_dimension_required=True
    )
    body = {**GOOD_BODY, "product_attributes": [{"id": "2", "values": [{"id": "1"}]}]}
    reasons = validate(body, "US", rules, attributes, Brand("1", "Big", is_authorized=False, is_t1=True))
    assert {each.code for each in reasons} == {"12052104", "12052182", "12052105", "12052673", "12052116", "12052208"}
    (material,) = [each for each in reasons if each.attribute_id == "1"]
    assert [value.name for value in material.allowed_values] == ["Cotton", "Wool"]
    assert material.actor == "seller"


def test_a_good_product_is_let_through_and_an_unauthorised_small_brand_too() -> None:
    assert validate(GOOD_BODY, "US", CategoryRules(), [], None) == ()
    assert validate(GOOD_BODY, "US", CategoryRules(), [], Brand("1", "Small", is_authorized=False, is_t1=False)) == ()


TREE = CategoryTree(
    [
        Category("1", "0", "Home", False),
        Category("5", "1", "Jars", True),
        Category("6", "1", "Bowls", False),
        Category("61", "6", "Wooden bowls", True),
        Category("62", "6", "Glass bowls", True),
        Category("7", "1", "Club goods", True, ("INVITE_ONLY",)),
    ]
)


def under(category_id: str, name: str = "x", recommended: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "category_chains": [{"id": category_id, "is_leaf": True, "local_name": name}],
        "recommended_categories": [{"id": each} for each in recommended],
    }


def test_the_order_of_the_rules() -> None:
    product = under("5")
    assert resolve(product, TREE, Hints(category_id="61"), mapped="62") == Resolved(
        "61", "feeder", {"from": "5", "overruled": {"mapping": "62"}}
    )
    assert resolve(product, TREE, Hints(), mapped="62") == Resolved("62", "mapping", {"from": "5"})
    assert resolve(product, TREE, Hints(), changed="61") == Resolved("61", "webhook", {"from": "5"})
    own = resolve(product, TREE, Hints())
    assert isinstance(own, Resolved)
    assert (own.category_id, own.rule) == ("5", "own_leaf")
    assert resolve(under("6"), TREE, Hints()) == NeedsRecommendation()


def test_a_recommendation_counts_only_below_the_old_category_and_undisputed() -> None:
    accepted = resolve(under("6"), TREE, Hints(), recommended=Recommended("61"))
    assert isinstance(accepted, Resolved)
    assert accepted.rule == "recommended"
    for product, leaf in (
        (under("6"), "5"),
        (under("6"), None),
        (under("6", recommended=("62",)), "61"),
        (under("404", "Jars"), "5"),
    ):
        undecided = resolve(product, TREE, Hints(), recommended=Recommended(leaf))
        assert isinstance(undecided, Unresolved)
        assert undecided.reason.allowed_values, "a person gets candidates to choose from"


def test_a_decision_that_can_not_be_followed_is_told_and_not_passed_over() -> None:
    for leaf in ("404", "6", "7"):
        undecided = resolve(under("5"), TREE, Hints(category_id=leaf))
        assert isinstance(undecided, Unresolved)
        assert leaf in undecided.reason.message
    assert isinstance(resolve(under("7"), TREE, Hints()), Unresolved)
