"""A person answers by name; the edit wants ids."""

from __future__ import annotations

from tiktok_shop.catalogue import Attribute, AttributeValue
from worker.relist.attributes import carry_attributes

MATERIAL = Attribute(
    "1",
    "Material",
    "PRODUCT_PROPERTY",
    True,
    True,
    False,
    (AttributeValue("501", "Cotton"), AttributeValue("502", "Wool")),
)


def answered(value: dict[str, str]) -> dict[str, str]:
    carried = carry_attributes({}, [MATERIAL], [{"id": "1", "values": [value]}])
    (attribute,) = carried.product_attributes
    (only,) = attribute["values"]
    return dict(only)


def test_a_name_of_the_list_becomes_its_value() -> None:
    assert answered({"name": " cotton "}) == {"id": "501", "name": "Cotton"}


def test_another_name_stays_as_it_is_for_validate_to_judge() -> None:
    assert answered({"name": "Hemp"}) == {"name": "Hemp"}


def test_an_id_is_taken_at_its_word() -> None:
    assert answered({"id": "777", "name": "Cotton"}) == {"id": "777", "name": "Cotton"}
