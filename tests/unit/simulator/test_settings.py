"""Switches, rates and faults given as text or JSON."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.options import FAULT_TYPES, FIXED_AT_START, OPTION_TYPES
from simulator.settings import BadSetting, checked_fault, checked_switch, read_settings


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("edit_reactivates=true", {"edit_reactivates": True}),
        ("edit-reactivates=no", {"edit_reactivates": False}),
        ("bad_token_code=36009005", {"bad_token_code": 36009005}),
        ("audit_reject_share=0.5", {"audit_reject_share": 0.5}),
        ("audit_seconds=0,1.5", {"audit_seconds": (0, 1.5)}),
        ("regions=MX,US", {"regions": ("MX", "US")}),
        ("quota_per_day=", {"quota_per_day": None}),
        ("webhook_url=http://127.0.0.1:1/x", {"webhook_url": "http://127.0.0.1:1/x"}),
        ("seed=7", {"seed": 7}),
        ("longest_package_cm=200", {"longest_package_cm": 200}),
    ],
)
def test_an_option_is_read(text: str, options: dict[str, Any]) -> None:
    assert read_settings([text]) == (options, {})


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("outage=true", {"outage": True}),
        ("error_share=0.2", {"error_share": 0.2}),
        ("only=edit_product,get_product", {"only": ("edit_product", "get_product")}),
        ("refresh_answer=lost", {"refresh_answer": "lost"}),
    ],
)
def test_a_fault_is_read(text: str, faults: dict[str, Any]) -> None:
    assert read_settings([text]) == ({}, faults)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("edit_reactivates", "'edit_reactivates' is not NAME=VALUE"),
        ("speed=5", "no switch or fault is called speed"),
        ("edit_reactivates=1", "edit_reactivates cannot be 1: use true or false"),
        ("edit_reactivates=maybe", "edit_reactivates cannot be 'maybe': use true or false"),
        ("bad_token_code=5", "bad_token_code cannot be 5: use one of 36009004, 36009005"),
        ("business_errors_status=500", "business_errors_status cannot be 500: use one of 200, 400"),
        ("audit_reject_share=2", "audit_reject_share cannot be 2: use a number between 0 and 1"),
        ("audit_seconds=2,1", "audit_seconds cannot be [2, 1]: use two numbers, the smaller first"),
        ("seed=-1", "seed cannot be -1: use a whole number"),
        ("profile=atlantis", "no profile is called atlantis"),
        ("refresh_answer=maybe", "refresh_answer cannot be 'maybe'"),
        ("bad_answers=kind", "bad_answers cannot be 'kind'"),
        ("latency_seconds=soon", "latency_seconds cannot be 'soon': use a number from 0 up"),
    ],
)
def test_a_bad_setting_is_named_in_one_line(text: str, message: str) -> None:
    with pytest.raises(BadSetting) as raised:
        read_settings([text])
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_options_that_build_the_world_cannot_change_at_runtime() -> None:
    for name in FIXED_AT_START:
        with pytest.raises(BadSetting, match=f"{name} is fixed when the simulator starts"):
            checked_switch(name, 1)
    with pytest.raises(BadSetting, match="no switch is called speed"):
        checked_switch("speed", 1)
    with pytest.raises(BadSetting, match="no fault is called speed"):
        checked_fault("speed", 1)


def test_every_type_of_an_option_or_fault_is_known() -> None:
    for name, kind in {**OPTION_TYPES, **FAULT_TYPES}.items():
        assert kind in {
            "bool", "int", "float", "str", "str | None", "int | None", "tuple[str, ...]", "tuple[float, ...]",
            "tuple[float, float]", "tuple[int, int]",
        }, name  # fmt: skip
