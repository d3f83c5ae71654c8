"""Profiles: the rates, names and tree sizes of a simulated world, read from data files in profiles/."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from simulator.options import OPTION_TYPES
from simulator.traits import PERIOD, TRAITS

SUFFIX = ".toml"


class BadProfile(Exception):
    """A profile is invalid. The message is one line that names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Oddities:
    """Shares of products with an unusual property."""

    repeated_attribute_share: float = 0.0
    """Live or draft products that repeat an attribute id in two entries."""
    zero_dimensions_share: float = 0.0
    gram_weight_share: float = 0.0
    imperial_share: float = 0.0
    """Products measured in pounds and inches."""
    date_value_share: float = 0.0
    """Products with a date such as 22/01/2024 as an attribute value; above 0, every leaf has such an attribute."""
    draft_lacks_required_share: float = 0.0
    dimensions_missing_share: float = 0.0
    material_missing_share: float = 0.03


@dataclass(frozen=True, slots=True)
class TreeShape:
    """The leaves of v1 are departments x groups x kinds."""

    departments: tuple[str, ...]
    groups: tuple[str, ...]
    kinds: tuple[str, ...]
    qualifiers: tuple[str, ...]
    """Names of the children of a split leaf; at least as many as the largest split has children."""
    split_sizes: tuple[int, ...]
    """Possible numbers of children of a split leaf, drawn at random."""
    vanished_share: float
    split_share: float
    invite_only_share: float
    group_name: str = "{department} {group}"
    leaf_name: str = "{department} {kind}"
    child_name: str = "{qualifier} {leaf}"


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of products in the language of the market."""

    title: str
    """Contains {adjective}, {name} and {index}."""
    adjectives: tuple[str, ...]
    description: str
    """Contains {name} and {index}."""
    attributes: Mapping[str, str]
    """Localised attribute names by English name."""
    materials: tuple[str, ...] = ()
    """Sentences about the product's material, with {value}, of which descriptions have one; empty for none."""
    materials_share: float = 0.0
    """Share of descriptions that state the material, whether or not the attribute has it."""


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    summary: str
    options: Mapping[str, Any]
    """Values of SimulatorOptions that differ from the defaults."""
    traits: Mapping[str, int]
    """Products per thousand."""
    oddities: Oddities
    tree: TreeShape
    wording: Wording


def profile_names() -> list[str]:
    folder = files("simulator").joinpath("profiles")
    return sorted(Path(each.name).stem for each in folder.iterdir() if each.name.endswith(SUFFIX))


@functools.cache
def load_profile(name: str) -> Profile:
    """Raises BadProfile."""
    text = files("simulator").joinpath("profiles", name + SUFFIX).read_text(encoding="utf-8")
    return parse_profile(name, text)


def parse_profile(name: str, text: str) -> Profile:
    """Raises BadProfile."""
    where = f"profile {name}"
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadProfile(f"{where}: not valid TOML: {error}") from None
    expected = {"summary", "options", "traits", "oddities", "tree", "wording"}
    if wrong := sorted(content.keys() ^ expected):
        raise BadProfile(f"{where}: {wrong[0]} is {'unknown' if wrong[0] in content else 'missing'}")
    options = {key: tuple(each) if isinstance(each, list) else each for key, each in content["options"].items()}
    if unknown := sorted(options.keys() - OPTION_TYPES.keys()):
        raise BadProfile(f"{where}: options.{unknown[0]} is unknown")
    traits = content["traits"]
    for key, rate in traits.items():
        if key not in TRAITS or not isinstance(rate, int) or rate < 0:
            raise BadProfile(f"{where}: traits.{key} must be one of {', '.join(TRAITS)}, with products per thousand")
    if sum(traits.values()) > PERIOD:
        raise BadProfile(f"{where}: traits add up to more than {PERIOD} per thousand")
    tree = _section(TreeShape, content["tree"], f"{where}: tree")
    if max(tree.split_sizes) > len(tree.qualifiers):
        raise BadProfile(f"{where}: tree.qualifiers must be at least as many as the largest of split_sizes")
    oddities = _section(Oddities, content["oddities"], f"{where}: oddities")
    wording = _section(Wording, content["wording"], f"{where}: wording")
    return Profile(name, content["summary"], options, traits, oddities, tree, wording)


def _section(kind: Any, content: Mapping[str, Any], where: str) -> Any:
    known = {each.name for each in fields(kind)}
    if unknown := sorted(content.keys() - known):
        raise BadProfile(f"{where}.{unknown[0]} is unknown")
    values = {key: tuple(each) if isinstance(each, list) else each for key, each in content.items()}
    for key, value in values.items():
        if key.endswith("_share") and not (isinstance(value, int | float) and 0 <= value <= 1):
            raise BadProfile(f"{where}.{key} must be between 0 and 1")
    try:
        return kind(**values)
    except TypeError as error:
        raise BadProfile(f"{where}: {str(error).partition('__init__() ')[2]}") from None
