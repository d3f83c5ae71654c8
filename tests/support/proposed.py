"""Builds attributes and asks for proposals in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proposals.leaf_index import leaf_index
from proposals.propose import Proposal, propose
from proposals.words import market_languages
from tiktok_shop.catalogue import Attribute, AttributeValue


def attribute(name: str, values: Sequence[str], attribute_id: str = "") -> Attribute:
    listed = tuple(AttributeValue(value, value) for value in values)
    return Attribute(attribute_id or name, name, "PRODUCT_PROPERTY", True, False, False, listed)


def proposals_for(product: Mapping[str, Any] | str, *attributes: Attribute, region: str = "US") -> dict[str, Proposal]:
    body = {"title": product} if isinstance(product, str) else product
    index = leaf_index(attributes, market_languages(region))
    found = propose(index, body, {each.id for each in attributes}, {})
    return {each.attribute.name: each for each in found}


def stated(product: Mapping[str, Any] | str, wanted: Attribute, *others: Attribute, region: str = "US") -> str | None:
    """The value that the texts state for `wanted`, or None."""
    first = proposals_for(product, wanted, *others, region=region)[wanted.name].first
    return wanted.values[first.value].name if first.is_read else None
