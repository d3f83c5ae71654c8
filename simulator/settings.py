"""Reads options and faults from text (`--set NAME=VALUE`) or JSON (the control API)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from facts.load import platform_facts, same_position
from simulator.bad_answers import BAD_ANSWERS
from simulator.options import DEMO, FAULT_TYPES, FIXED_AT_START, OPTION_TYPES, SimulatorOptions
from simulator.profile import load_profile, profile_names
from simulator.token_endpoints import REFRESH_ANSWERS

ENUMERATED = ("_code", "_status")
"""Switches with these suffixes accept only the positions of their fact; others accept any number."""
_REGION = re.compile(r"[A-Z]{2}")


class BadSetting(Exception):
    """A setting is invalid. The message is one line that names the setting and its valid values."""


def switch_names() -> list[str]:
    """The options that can be changed at runtime."""
    return [name for name in OPTION_TYPES if name not in FIXED_AT_START]


def switch_positions(options: SimulatorOptions) -> dict[str, Any]:
    return {name: getattr(options, name) for name in switch_names()}


def checked_switch(name: str, value: Any) -> Any:
    """The value in the option's type. Raises BadSetting."""
    if name in FIXED_AT_START:
        raise BadSetting(f"{name} is fixed when the simulator starts: give it on the command line")
    return checked_option(name, value)


def checked_option(name: str, value: Any) -> Any:
    """Raises BadSetting."""
    if name not in OPTION_TYPES:
        raise BadSetting(f"no switch is called {name}")
    fact = platform_facts().switches.get(name)
    if fact is not None and fact.switch is not None and name.endswith(ENUMERATED):
        positions = fact.switch.positions
        if not any(same_position(value, each) for each in positions):
            raise BadSetting(f"{name} cannot be {value!r}: use one of {', '.join(map(str, positions))}")
    if name == "profile" and value not in profile_names():
        raise BadSetting(f"no profile is called {value}: use one of {', '.join(profile_names())}")
    checked = _checked(name, OPTION_TYPES[name], value)
    if name == "regions" and (not checked or not all(_REGION.fullmatch(each) for each in checked)):
        raise BadSetting(f"regions cannot be {', '.join(checked)!r}: use codes of two capital letters, such as MX")
    return checked


def checked_fault(name: str, value: Any) -> Any:
    """Raises BadSetting."""
    if name not in FAULT_TYPES:
        raise BadSetting(f"no fault is called {name}")
    if name == "refresh_answer" and value not in REFRESH_ANSWERS:
        raise BadSetting(f"refresh_answer cannot be {value!r}: use one of {', '.join(REFRESH_ANSWERS[1:])}, or nothing")
    checked = _checked(name, FAULT_TYPES[name], value)
    if name == "bad_answers" and (unknown := [each for each in checked if each not in BAD_ANSWERS]):
        raise BadSetting(f"bad_answers cannot be {unknown[0]!r}: use {', '.join(BAD_ANSWERS)}")
    return checked


def read_settings(pairs: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options and faults from `NAME=VALUE` pairs; a name that is both sets the option. Raises BadSetting."""
    options: dict[str, Any] = {}
    faults: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise BadSetting(f"{pair!r} is not NAME=VALUE")
        if name in OPTION_TYPES:
            options[name] = checked_option(name, _from_text(OPTION_TYPES[name], text))
        elif name in FAULT_TYPES:
            faults[name] = checked_fault(name, _from_text(FAULT_TYPES[name], text))
        else:
            raise BadSetting(f"no switch or fault is called {name}")
    return options, faults


def make_options(profile: str = DEMO, **explicit: Any) -> SimulatorOptions:
    """The profile's options, overridden by explicit ones. Raises BadSetting."""
    checked_option("profile", profile)
    checked = {name: checked_option(name, value) for name, value in explicit.items()}
    return replace(SimulatorOptions(profile=profile), **{**load_profile(profile).options, **checked})


def _from_text(kind: str, text: str) -> Any:
    if kind.startswith("tuple"):
        return [_scalar(each) for each in text.split(",") if each.strip()]
    if kind == "str" or (kind == "str | None" and text):
        return text
    return _scalar(text)


def _scalar(text: str) -> Any:
    """The value of a JSON number, true, false or null; otherwise the text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"": None, "yes": True, "no": False}.get(text.strip(), text.strip())


def _checked(name: str, kind: str, value: Any) -> Any:
    share = name.endswith("_share")
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind in ("int", "int | None") and _is_number(value, int) and value >= 0:
        return value
    if kind == "float" and _is_number(value, int, float) and 0 <= value <= (1 if share else float("inf")):
        return float(value)
    if kind == "str" and isinstance(value, str):
        return value
    if kind.endswith("| None") and value is None:
        return value
    if kind == "str | None" and isinstance(value, str):
        return value
    if kind.startswith("tuple") and isinstance(value, list | tuple) and _fits_tuple(kind, value):
        return tuple(value)
    expected = {
        "bool": "true or false",
        "int": "a whole number",
        "int | None": "a whole number or null",
        "float": "a number between 0 and 1" if share else "a number from 0 up",
        "tuple[str, ...]": "names separated by commas",
        "tuple[float, ...]": "numbers separated by commas",
        "tuple[float, float]": "two numbers, the smaller first, separated by a comma",
        "tuple[int, int]": "two whole numbers, the smaller first, separated by a comma",
    }.get(kind, "a text")
    raise BadSetting(f"{name} cannot be {value!r}: use {expected}")


def _fits_tuple(kind: str, value: list[Any] | tuple[Any, ...]) -> bool:
    if kind == "tuple[str, ...]":
        return all(isinstance(each, str) for each in value)
    types = (int,) if "int" in kind else (int, float)
    numbers = all(_is_number(each, *types) and each >= 0 for each in value)
    return numbers and (kind.endswith("...]") or (len(value) == 2 and value[0] <= value[1]))


def _is_number(value: Any, *types: type) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)
