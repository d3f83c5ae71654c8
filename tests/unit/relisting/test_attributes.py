"""Every value of a product is mapped to the new leaf or reported; nothing is invented."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from relisting.attributes import MappedAttributes, map_attributes
from tests.support.catalogue_builders import attribute, having
from tiktok_shop.catalogue import RequirementCondition as Condition

MATERIAL = attribute(1, "Material", "Cotton", "Wool")
SEASON = attribute(2, "Season", "Spring", "Summer", is_multiple_selection=True)
PATTERN = attribute(3, "Pattern", "Plain", is_customizable=True)
PACK = attribute(4, "Quantity per pack", is_customizable=True, value_format="POSITIVE_INT_OR_DECIMAL")
BATTERY = attribute(5, "Battery", "Yes", "No")
CELLS = attribute(6, "Cells", is_customizable=True, conditions=(Condition("5", "51"),))
CHEMISTRY = attribute(7, "Chemistry", "Li", conditions=(Condition("6", "61"),))
COLOR = attribute(8, "Color", "Red", type="SALES_PROPERTY")
ALL = (MATERIAL, SEASON, PATTERN, PACK, BATTERY, CELLS, CHEMISTRY, COLOR)


def values(mapped: MappedAttributes) -> dict[str, list[Any]]:
    return {
        each["id"]: [value.get("id") or value.get("name") for value in each["values"]]
        for each in mapped.product_attributes
    }


def test_maps_by_id_then_by_name_and_reports_the_rest() -> None:
    old = having(
        ("900", "MATERIALS ", [{"id": "77", "name": "cotton"}]),
        ("3", "Muster", [{"name": "Dots"}]),
        ("901", "Sleeve", [{"name": "Long"}]),
    )
    mapped = map_attributes(old, ALL)
    assert mapped.product_attributes == (
        {"id": "1", "values": [{"id": "11", "name": "Cotton"}]},
        {"id": "3", "values": [{"name": "Dots"}]},
    )
    assert mapped.warnings == ("Sleeve: the new category has no such attribute; left out: Long",)


def test_a_number_that_is_written_in_another_way_is_named() -> None:
    mapped = map_attributes(having(("4", "Quantity per pack", [{"name": "1,32"}])), ALL)
    assert values(mapped) == {"4": ["1.32"]}
    assert mapped.warnings == ("Quantity per pack: 1,32 is sent as 1.32",)


def test_match_by_id_beats_match_by_name() -> None:
    old = having(("900", "Material", [{"name": "Wool"}]), ("1", "Stoff", [{"id": "11"}]))
    mapped = map_attributes(old, ALL)
    assert values(mapped) == {"1": ["11"]}
    assert mapped.warnings == ("Material: Material is filled in already; left out: Wool",)


def test_variant_attributes_are_not_targets() -> None:
    mapped = map_attributes(having(("8", "Color", [{"name": "Red"}])), ALL)
    assert (values(mapped), len(mapped.warnings)) == ({}, 1)


def test_single_select_keeps_one_listed_value() -> None:
    mapped = map_attributes(having(("1", "Material", [{"id": "11"}, {"id": "12"}, {"name": "Silk"}])), ALL)
    assert values(mapped) == {"1": ["11"]}
    assert mapped.warnings == (
        "Material: 12 is left out, because Material takes one value",
        "Material: Silk is not one of the values of Material",
    )


def test_multi_select_keeps_distinct_values() -> None:
    mapped = map_attributes(having(("2", "Season", [{"id": "21"}, {"name": "summer"}, {"name": "SPRING"}])), ALL)
    assert (values(mapped), mapped.warnings) == ({"2": ["21", "22"]}, ())


def test_repeated_entries_of_an_attribute_are_joined() -> None:
    twice = having(("2", "Season", [{"id": "21"}]), ("2", "Season", [{"id": "22"}]))
    mapped = map_attributes(twice, ALL)
    assert (values(mapped), mapped.warnings) == ({"2": ["21", "22"]}, ())
    by_name = having(("900", "Season", [{"name": "Spring"}]), ("900", "Season", [{"name": "Summer"}]))
    assert values(map_attributes(by_name, ALL)) == {"2": ["21", "22"]}
    single = map_attributes(having(("1", "Material", [{"id": "11"}]), ("1", "Material", [{"id": "12"}])), ALL)
    assert (values(single), len(single.warnings)) == ({"1": ["11"]}, 1)


def test_custom_value_is_sent_without_its_id() -> None:
    mapped = map_attributes(having(("3", "Pattern", [{"id": "7621141332983121684", "name": "Dots"}])), ALL)
    assert mapped.product_attributes == ({"id": "3", "values": [{"name": "Dots"}]},)


def test_numeric_attribute_takes_only_clear_numbers() -> None:
    assert values(map_attributes(having(("4", "Pack", [{"name": "4 pcs"}])), ALL)) == {"4": ["4"]}
    assert values(map_attributes(having(("4", "Pack", [{"name": "1,5"}])), ALL)) == {"4": ["1.5"]}
    lost = map_attributes(having(("4", "Pack", [{"name": "a few"}])), ALL)
    assert (values(lost), lost.warnings) == ({}, ("Pack: a few is not one of the values of Quantity per pack",))


def test_measure_keeps_its_unit() -> None:
    modules = [{"id": "m", "units": [{"id": "u", "name": "ml"}]}]
    volume = attribute(9, "Volume", metric_standards=({"id": "s", "metric_value_modules": modules},))
    read = {"id": "s", "metric_value_module_infos": [{"id": "m", "value": "5", "unit_id": "u", "unit_name": "ml"}]}
    wanted = {"id": "s", "metric_value_module_infos": [{"id": "m", "value": "5", "unit_id": "u"}]}
    for old in ({"id": "1", "name": "5ml", "metric_standard_info": read}, {"name": "5 ml"}):
        (mapped,) = map_attributes(having(("9", "Volume", [old])), [volume]).product_attributes
        assert mapped["values"] == [{"metric_standard_info": wanted}]
    lost = map_attributes(having(("9", "Volume", [{"name": "large"}])), [volume])
    assert (lost.product_attributes, len(lost.warnings)) == ((), 1)


def test_unmet_conditions_clear_attributes_transitively() -> None:
    old = having(("5", "Battery", [{"id": "52"}]), ("6", "Cells", [{"name": "4"}]), ("7", "Chemistry", [{"id": "71"}]))
    mapped = map_attributes(old, ALL)
    assert values(mapped) == {"5": ["52"]}
    assert [warning.partition(":")[0] for warning in mapped.warnings] == ["Cells", "Chemistry"]


def test_answers_win_and_count_for_conditions() -> None:
    old = having(("5", "Battery", [{"id": "52"}]), ("6", "Cells", [{"name": "4"}]))
    answers: list[dict[str, Any]] = [
        {"id": "5", "values": [{"name": "yes"}]},
        {"id": "404", "values": [{"id": "1"}]},
        {"id": "1", "values": []},
    ]
    mapped = map_attributes(old, ALL, answers)
    assert values(mapped) == {"5": ["51"], "6": ["4"]}
    assert mapped.warnings == (
        "answer for attribute 404: the new category has no such attribute",
        "answer for attribute 1: it has no values",
    )


def test_unfitting_answer_is_passed_to_the_validator() -> None:
    mapped = map_attributes(having(), ALL, [{"id": "1", "values": [{"id": "99"}, {"name": "Silk"}]}])
    assert values(mapped) == {"1": ["99", "Silk"]}


texts = st.sampled_from(("Cotton", "wool", "Silk", "4", "4 pcs", "Spring", "Yes", "No", "Li", "x"))
olds = st.lists(
    st.tuples(
        st.sampled_from([each.id for each in ALL] + ["900"]),
        st.sampled_from([each.name for each in ALL] + ["Sleeve"]),
        st.lists(
            st.fixed_dictionaries({"name": texts}, optional={"id": st.sampled_from(("11", "12", "21", "51", "9"))})
        ),
    ),
    max_size=6,
)


@given(olds)
def test_every_value_is_mapped_or_reported(given_attributes: list[Any]) -> None:
    mapped = map_attributes(having(*given_attributes), ALL)
    warnings = " ".join(mapped.warnings)
    sent = {value.get("name", "").casefold() for each in mapped.product_attributes for value in each["values"]}
    by_id = {each.id: each for each in ALL}
    for _, name, own in given_attributes:
        for value in own:
            is_sent = value["name"].casefold() in sent or f"'{value.get('id')}'" in str(mapped.product_attributes)
            assert is_sent or value["name"] in warnings or (value["name"] == "4 pcs" and "4" in sent), (name, value)
    for each in mapped.product_attributes:
        target = by_id[each["id"]]
        assert target.type == "PRODUCT_PROPERTY"
        assert len(each["values"]) == 1 or target.is_multiple_selection
        for value in each["values"]:
            assert value.get("id") in {known.id for known in target.values} or target.is_customizable
