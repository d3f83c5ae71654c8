"""Maps the attributes and values of the seller's own platform to suggestions from a leaf. Pure.

The result is an attribute rules file: decided rows, and alternatives after a `#`, from which a person chooses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mapping_studio.translation import languages_of
from proposals.leaf_index import LeafIndex, leaf_index
from proposals.passages import passages_of
from proposals.ranking import weight_of
from proposals.reader import Reading, read
from proposals.words import market_languages
from relisting.attribute_rules import OWN_VALUE
from relisting.names import spellings
from relisting.table_file import BadFile, RowProblem, read_table
from tiktok_shop.catalogue import Attribute

Place = tuple[int, int]
"""The positions of an attribute and of one of its values."""
COLUMNS = ("own attribute", "own value")
RULE_COLUMNS = ("category", "attribute", "take", "from", "value")
MAX_ROWS, LONGEST_CELL = 20_000, 500
MAX_ALTERNATIVES = 5
DECIDED = 0.9
"""Lowest score at which the best suggestion is decided, if the names of both attributes fit."""
NONE_FITS = 2.0
"""Prior weight of "no listed value fits", relative to the weights of readings."""


@dataclass(frozen=True, slots=True)
class OwnAttribute:
    row: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SuggestedValue:
    attribute: str
    value: str
    score: float
    """From 0 to 1."""


@dataclass(frozen=True, slots=True)
class SuggestedAttribute:
    own: OwnAttribute
    suggestions: tuple[SuggestedValue, ...]
    """Best first."""
    is_decided: bool


def parse_own_attributes(text: str) -> tuple[OwnAttribute, ...]:
    """The distinct pairs of attribute and value, in file order. Raises BadFile, which lists every bad row."""
    table = read_table(text, COLUMNS)
    problems, found = list(table.problems), dict[tuple[str, str], OwnAttribute]()
    for row in table.rows:
        name, value = (row.cells[each] for each in COLUMNS)
        if not name or not value:
            problems.append(RowProblem(row.number, "the own attribute or the own value is empty"))
        elif len(name) > LONGEST_CELL or len(value) > LONGEST_CELL:
            problems.append(RowProblem(row.number, f"a cell has more than {LONGEST_CELL} characters"))
        elif OWN_VALUE in name:
            problems.append(RowProblem(row.number, f"an attribute name with {OWN_VALUE!r} cannot be used in a rule"))
        else:
            found.setdefault((name, value), OwnAttribute(row.number, name, value))
    if len(found) > MAX_ROWS:
        problems.append(RowProblem(0, f"the file has more than {MAX_ROWS:,} values"))
    if problems:
        raise BadFile(problems)
    if not found:
        raise BadFile([RowProblem(0, "the file has no attributes")])
    return tuple(found.values())


def suggest_values(own: OwnAttribute, index: LeafIndex) -> SuggestedAttribute:
    """Decides only between attributes whose name fits, and never between two values that fit equally well."""
    product = {"skus": [{"sales_attributes": [{"name": own.name, "value_name": own.value}]}]}
    by_value, powers = _weighed(own, index, product)
    if not powers:  # The name may be another word for the attribute, so its value alone is an alternative.
        by_value, powers = _weighed(own, index, {"title": own.value})
    total = sum(powers.values()) + math.exp(NONE_FITS)
    best = sorted(powers, key=lambda place: (-powers[place], place))[:MAX_ALTERNATIVES]
    suggestions = []
    for attribute, value in best:
        known = index.attributes[attribute].attribute
        suggestions.append(SuggestedValue(known.name, known.values[value].name, powers[attribute, value] / total))
    fits = bool(best) and any(each.label > 0 for each in by_value[best[0]])
    return SuggestedAttribute(own, tuple(suggestions), fits and suggestions[0].score >= DECIDED)


def suggest_all(own: Sequence[OwnAttribute], attributes: Sequence[Attribute], region: str) -> list[SuggestedAttribute]:
    """Suggestions for all own values among the attributes of a leaf. The own ones may be in another language than the
    market's.
    """
    spoken = market_languages(region)
    recognised = languages_of([text for each in own for text in (each.name, each.value)])
    added = [each for each in recognised if each not in ("en", *spoken)] if len(recognised) == 1 else []
    index = leaf_index(attributes, (*spoken, *added))
    return [suggest_values(each, index) for each in own]


def rule_rows(category_id: str, suggested: Sequence[SuggestedAttribute]) -> list[list[str]]:
    """Rows of an attribute rules file. Undecided rows begin with `#`; a person removes it from the right one."""
    rows = []
    for each in suggested:
        source = f"{each.own.name} {OWN_VALUE} {each.own.value}"
        if each.is_decided:
            first = each.suggestions[0]
            rows.append([category_id, first.attribute, "own", source, first.value])
            continue
        rows += [[f"# {category_id}", option.attribute, "own", source, option.value] for option in each.suggestions]
        if not each.suggestions:
            rows.append([f"# {category_id}", "", "own", source, ""])
    return rows


def _weighed(
    own: OwnAttribute, index: LeafIndex, product: Mapping[str, Any]
) -> tuple[dict[Place, list[Reading]], dict[Place, float]]:
    """The readings of each value, and the weights of the values that they support."""
    by_value: dict[Place, list[Reading]] = {}
    for each in read(index, passages_of(product, index.languages)):
        by_value.setdefault((each.attribute, each.value), []).append(each)
    weights = {place: weight_of(group) + _same_name(index, place, own) for place, group in by_value.items()}
    return by_value, {place: math.exp(weight) for place, weight in weights.items() if weight > 0}


def _same_name(index: LeafIndex, place: Place, own: OwnAttribute) -> float:
    """A value with the same name as the own value, in any spelling, outweighs one read from a part of it."""
    attribute, value = place
    name = index.attributes[attribute].attribute.values[value].name
    return 2.0 if spellings(name)[2] == spellings(own.value)[2] else 0.0
