"""States for each attribute rule and category whether it fits and how many products it helps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from relisting.attribute_rules import ANY_CATEGORY, AttributeRule, AttributeRules
from relisting.names import Names
from tiktok_shop.catalogue import Attribute

Verdict = Literal["fits", "no attribute", "no value"]


@dataclass(frozen=True, slots=True)
class WaitingProduct:
    """A product with missing attributes."""

    category_id: str
    missing: frozenset[str]
    """IDs of the missing attributes."""
    title: str = ""
    own_values: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class RuleLine:
    row: int
    category_id: str
    attribute: str
    value: str
    """Empty if the rule takes it from the product."""
    verdict: Verdict
    waiting: int
    """Products of the category that lack the attribute."""
    helped: int
    """Products for which the rule finds a value that the attribute accepts."""
    unknown: int
    """Products for which the result depends on their other attributes."""


def report_rules(
    rules: AttributeRules, attributes: Mapping[str, Sequence[Attribute]], products: Iterable[WaitingProduct]
) -> list[RuleLine]:
    """One line for each rule and category it applies to, in the order of the file. `attributes` is keyed by leaf id."""
    waiting: dict[str, list[WaitingProduct]] = {}
    for product in products:
        waiting.setdefault(product.category_id, []).append(product)
    return [
        _line(rule, category, attributes[category], waiting.get(category, ()))
        for rule in rules.rules
        for category in sorted(attributes)
        if rule.category in (ANY_CATEGORY, category)
    ]


def is_useless(lines: Iterable[RuleLine]) -> bool:
    """Whether a rule's lines show that it fits no category."""
    return all(line.verdict != "fits" for line in lines)


def _line(
    rule: AttributeRule, category: str, attributes: Sequence[Attribute], products: Sequence[WaitingProduct]
) -> RuleLine:
    attribute = next((each for each in attributes if rule.matches(each)), None)
    if attribute is None:
        return RuleLine(rule.row, category, rule.attribute, rule.value, "no attribute", 0, 0, 0)
    lacking = [each for each in products if attribute.id in each.missing]
    if rule.value and not _accepts(attribute, rule.value):
        return RuleLine(rule.row, category, attribute.name, rule.value, "no value", len(lacking), 0, 0)
    unknown = len(lacking) if rule.take == "attribute" else 0
    helped = 0 if unknown else sum(_helps(rule, attribute, each) for each in lacking)
    return RuleLine(rule.row, category, attribute.name, rule.value, "fits", len(lacking), helped, unknown)


def _helps(rule: AttributeRule, attribute: Attribute, product: WaitingProduct) -> bool:
    known: dict[str, Any] = {"title": product.title}
    found = rule.extract(known, product.own_values or {})
    return bool(found) and _accepts(attribute, rule.value or str(found))


def _accepts(attribute: Attribute, value: str) -> bool:
    return attribute.is_customizable or Names(attribute.values).find(value) is not None
