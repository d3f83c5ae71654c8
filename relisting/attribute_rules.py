"""The operator's defaults for missing attributes: fixed values, or text from the product. Pure.

A CSV file (docs/how-to/attribute-rules.md) with the columns `category`, `attribute`, `take`, `from` and `value`. Rows
of a category come before rows of `*`; the first row that yields a value decides. Each use is recorded as evidence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from relisting.attribute_values import Value
from relisting.attributes import DefaultRule, DefaultValue
from relisting.names import Names, normalised, spellings
from relisting.patterns import UnsafePattern, compile_pattern, search
from relisting.table_file import BadFile, RowProblem, TableRow, read_table
from tiktok_shop.catalogue import Attribute

Take = Literal["fixed", "title", "attribute", "own"]
REQUIRED = ("category", "attribute", "take")
OPTIONAL = ("from", "value")
ANY_CATEGORY = "*"
OWN_VALUE = "="
"""Separates an own attribute from its value in `from`."""
NONE_OWN: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AttributeRule:
    row: int
    category: str
    """A v2 leaf's id, or `*`."""
    attribute: str
    """The attribute's id or name."""
    take: Take
    source: str
    """The pattern for `title`; the other attribute's id or name for `attribute`.

    For `own`, the name of an attribute of the seller's own platform, or `name = value` for one of its values.
    """
    value: str
    """The value to fill in; if empty, the extracted text is used."""
    pattern: re.Pattern[str] | None = None

    def matches(self, attribute: Attribute) -> bool:
        return self.attribute == attribute.id or normalised(self.attribute) == normalised(attribute.name)

    def extract(self, product: Mapping[str, Any], own: Mapping[str, Sequence[str]] = NONE_OWN) -> str | None:
        """The text that the rule finds in the product, before `value` replaces it; None or empty without one."""
        if self.take == "fixed":
            return self.value
        if self.take == "own":
            return self._own_value(own)
        if self.pattern is not None:
            return search(self.pattern, str(product.get("title") or ""))
        for each in product.get("product_attributes") or ():
            if self.source == str(each.get("id")) or spellings(self.source) == spellings(str(each.get("name") or "")):
                names = [str(value["name"]) for value in each.get("values") or () if value.get("name")]
                return names[0] if names else None
        return None

    def _own_value(self, own: Mapping[str, Sequence[str]]) -> str | None:
        name, _, wanted = (part.strip() for part in self.source.partition(OWN_VALUE))
        for given, values in own.items():
            if spellings(given) == spellings(name):
                return next((each for each in values if not wanted or normalised(each) == normalised(wanted)), None)
        return None


@dataclass(frozen=True, slots=True)
class AttributeRules:
    rules: tuple[AttributeRule, ...] = ()

    def default_for(
        self, product: Mapping[str, Any], category_id: str, own: Mapping[str, Sequence[str]] = NONE_OWN
    ) -> DefaultRule | None:
        """The `default` of `map_attributes`; None if no rule applies to the category.

        `own` has the attributes of the seller's own platform: name -> values.
        """
        specific = [rule for rule in self.rules if rule.category == category_id]
        rules = [*specific, *(rule for rule in self.rules if rule.category == ANY_CATEGORY)]

        def default(attribute: Attribute, values: Mapping[str, Sequence[Value]]) -> DefaultValue | None:
            for rule in rules:
                if rule.matches(attribute) and (found := rule.extract(product, own)):
                    evidence = {"rule": rule.take, "row": rule.row, "found": found}
                    return DefaultValue(rule.value or found, evidence)
            return None

        return default if rules else None


def with_proposed(rules: DefaultRule | None, proposed: Mapping[str, DefaultValue]) -> DefaultRule | None:
    """`rules`, then the proposed values by attribute id."""
    if not proposed:
        return rules

    def default(attribute: Attribute, values: Mapping[str, list[Value]]) -> DefaultValue | None:
        return (rules(attribute, values) if rules else None) or proposed.get(attribute.id)

    return default


def parse_attribute_rules(text: str) -> AttributeRules:
    """Raises BadFile, which lists every bad row."""
    rules: list[AttributeRule] = []
    table = read_table(text, REQUIRED, OPTIONAL)
    problems = list(table.problems)
    for row in table.rows:
        try:
            rules.append(_rule(row))
        except ValueError as problem:
            problems.append(RowProblem(row.number, str(problem)))
    if problems:
        raise BadFile(problems)
    return AttributeRules(tuple(rules))


def check_attribute_rules(rules: AttributeRules, attributes: Mapping[str, Sequence[Attribute]]) -> list[RowProblem]:
    """Rules whose attribute or value does not exist in their leaf. `attributes` is keyed by leaf id.

    Rows for `*` and for leaves missing from `attributes` are not checked.
    """
    problems = []
    for rule in rules.rules:
        if rule.category not in attributes:
            continue
        attribute = next((each for each in attributes[rule.category] if rule.matches(each)), None)
        if attribute is None:
            problems.append(RowProblem(rule.row, f"category {rule.category} has no attribute {rule.attribute}"))
        elif rule.value and not attribute.is_customizable and Names(attribute.values).find(rule.value) is None:
            problems.append(RowProblem(rule.row, f"{rule.value!r} is not one of the values of {attribute.name}"))
    return problems


def _rule(row: TableRow) -> AttributeRule:
    category, attribute, take = row.cells["category"], row.cells["attribute"], row.cells["take"].lower()
    source, value = row.cells["from"], row.cells["value"]
    if not category:
        raise ValueError("category is empty; write * for every category")
    if not attribute:
        raise ValueError("attribute is empty")
    if take == "fixed":
        if not value or source:
            raise ValueError("a fixed rule needs a value and nothing in `from`")
        return AttributeRule(row.number, category, attribute, "fixed", "", value)
    if take == "attribute":
        if not source:
            raise ValueError("`from` names no attribute")
        return AttributeRule(row.number, category, attribute, "attribute", source, value)
    if take == "own":
        if not source.partition(OWN_VALUE)[0].strip():
            raise ValueError("`from` names no attribute of your own platform")
        return AttributeRule(row.number, category, attribute, "own", source, value)
    if take == "title":
        try:
            pattern = compile_pattern(source)
        except UnsafePattern as unsafe:
            raise ValueError(f"the pattern {unsafe}") from None
        return AttributeRule(row.number, category, attribute, "title", source, value, pattern)
    raise ValueError(f"take is {take!r}; it must be fixed, title, attribute or own")
