"""Numbers and units are converted to the form an attribute accepts, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relisting.measures import carried_measure, measure_of, measure_problem, number_for, plain_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"), ("1.5", "1.5"), (" 007 ", "007"), ("1,32", "1.32"), ("1,5", "1.5"), ("1,320.5", "1320.5"),
        ("1.320,5", "1320.5"), ("1,320,000", "1320000"), ("1.320.000", "1320000"), ("1.320", "1.320"), ("٣", "3"),
        ("1,320", None), ("1,2,3", None), ("1.2.3", None), ("12,34.5", None), ("1.", None), (",5", None),
        ("-5", None), ("1e5", None), ("10²", None), ("½", None), ("four", None), ("", None),
    ],
)  # fmt: skip
def test_only_unambiguous_numbers_are_read(text: str, number: str | None) -> None:
    assert plain_number(text) == number


@given(st.text(max_size=20))
def test_result_is_a_number(text: str) -> None:
    number = plain_number(text)
    assert number is None or float(number) >= 0


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("4", "Quantity per pack", "4"),
        ("4 pcs", "Quantity per pack", "4"),
        ("3000mAh", "Capacity (mAh)", "3000"),
        ("500 ml", "Volume", None),
        ("6 x 100 ml", "Volume (ml)", None),
        ("5-6", "Quantity", None),
    ],
)
def test_unit_is_dropped_only_if_redundant(text: str, name: str, number: str | None) -> None:
    assert number_for(text, name) == number


def standard(number: int, *units: str, modules: int = 1) -> dict[str, Any]:
    limit = {"num_limit": {"min_value": "0.1", "max_value": "5000"}, "length_limit": {"max_length": 6}}
    listed = [{"id": f"{number}u{place}", "name": unit} for place, unit in enumerate(units)]
    each = [{"id": f"{number}m{place}", "units": listed, "value_limit": limit} for place in range(modules)]
    return {"id": str(number), "metric_value_modules": each}


VOLUME, MASS, BOX = standard(1, "ml", "L"), standard(2, "g", "kg"), standard(3, "cm", modules=3)


def info(identity: str, module: str, value: str, unit_id: str = "", unit_name: str = "") -> dict[str, Any]:
    named = {"id": module, "value": value, "unit_id": unit_id, "unit_name": unit_name, "suffix": "x"}
    return {"id": identity, "metric_value_module_infos": [named]}


def test_measure_is_carried_in_the_form_of_an_edit() -> None:
    carried = {"id": "1", "metric_value_module_infos": [{"id": "1m0", "value": "500", "unit_id": "1u0"}]}
    assert carried_measure(info("1", "1m0", "500", "1u0"), (VOLUME, MASS)) == carried
    assert carried_measure(info("1", "1m0", "500", "old", "ML"), (VOLUME, MASS)) == carried, "the unit by its name"


@pytest.mark.parametrize("lost", [info("9", "1m0", "5"), info("1", "9m9", "5"), info("1", "1m0", "5", "9u9", "gal")])
def test_measure_of_another_standard_is_not_carried(lost: dict[str, Any]) -> None:
    assert carried_measure(lost, (VOLUME, MASS)) is None


def test_text_becomes_a_measure_if_one_standard_fits() -> None:
    assert measure_of("500 ml", (VOLUME, MASS)) == {
        "id": "1",
        "metric_value_module_infos": [{"id": "1m0", "value": "500", "unit_id": "1u0"}],
    }
    assert measure_of("500", (VOLUME,)) is None
    assert measure_of("500 gal", (VOLUME, MASS)) is None
    assert measure_of("500 ml", (VOLUME, standard(4, "ml"))) is None, "two standards have millilitres"
    assert measure_of("10 cm", (BOX,)) is None, "three sides, one number"


@pytest.mark.parametrize(
    ("given_info", "problem"),
    [
        (info("1", "1m0", "500", "1u0"), ""),
        (info("9", "1m0", "500", "1u0"), "its measurement standard is not one"),
        (info("1", "9m9", "500", "1u0"), "not part of"),
        (info("1", "1m0", "500", "9u9"), "its unit is not one"),
        (info("1", "1m0", "many", "1u0"), "'many' is not a number"),
        (info("1", "1m0", "0.01", "1u0"), "0.01 is not between 0.1 and 5000"),
        (info("1", "1m0", "123.4567", "1u0"), "more than 6 characters"),
    ],
)
def test_measure_problems(given_info: dict[str, Any], problem: str) -> None:
    found = measure_problem(given_info, (VOLUME, MASS))
    assert problem in found
    assert bool(problem) == bool(found)
