"""Irregular category data is normalised."""

from __future__ import annotations

from tiktok_shop.parse import parse_attributes, parse_brands, parse_categories, parse_rules


def test_attributes_with_the_misspelt_required_field() -> None:
    wire = {
        "attributes": [
            {
                "id": 100392,
                "name": "Material",
                "type": "PRODUCT_PROPERTY",
                "is_requried": True,
                "values": [{"id": "1001533", "name": "Cotton"}],
                "requirement_conditions": [
                    {"condition_type": "VALUE_ID_MATCH", "attribute_id": "1", "attribute_value_id": 2}
                ],
            },
            {"id": "2", "name": "Size", "type": "SALES_PROPERTY", "values": None},
        ]
    }
    material, size = parse_attributes(wire)
    assert (material.id, material.is_required, material.values[0].name) == ("100392", True, "Cotton")
    assert (material.conditions[0].attribute_id, material.conditions[0].value_id) == ("1", "2")
    assert (size.type, size.values, size.is_required) == ("SALES_PROPERTY", (), False)


def test_rules_with_a_list_sent_as_a_string() -> None:
    rules = parse_rules(
        {
            "allowed_special_product_types": '["PRE_OWNED"]',
            "size_chart": {"is_supported": True, "is_required": "true"},
            "product_certifications": [{"id": "7", "name": "CE", "is_required": False}],
            "manufacturer": None,
        }
    )
    assert rules.allowed_special_product_types == ("PRE_OWNED",)
    assert rules.size_chart_required
    assert rules.certifications[0].name == "CE"
    assert not rules.manufacturer_required


def test_brand_is_authorised_only_by_the_exact_status() -> None:
    one, two, three = parse_brands(
        [
            {"id": "1", "name": "A", "authorized_status": "AUTHORIZED", "brand_status": "AVAILABLE"},
            {"id": "2", "name": "B", "authorized_status": "UNAUTHORIEZD", "is_t1_brand": True},
            {"id": "3", "name": "C"},
        ]
    )
    assert (one.is_authorized, one.is_available) == (True, True)
    assert (two.is_authorized, two.is_t1, two.is_available) == (False, True, None)
    assert not three.is_authorized


def test_categories_keep_their_parents() -> None:
    root, leaf = parse_categories(
        {"categories": [{"id": "1", "parent_id": "0", "local_name": "Home", "is_leaf": False}, {"id": 2, "is_leaf": 1}]}
    )
    assert (root.parent_id, root.name, leaf.id, leaf.is_leaf) == ("0", "Home", "2", True)
