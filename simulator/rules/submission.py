"""One body sent in, with what it is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.catalogue import Catalogue
from simulator.options import SimulatorOptions
from simulator.sellers import Seller
from simulator.trees import Trees

OVERLOADED = 36009004
"""The platform's code for a dozen failures of the request itself, told apart by the message only."""
EU = frozenset({"DE", "ES", "FR", "IE", "IT", "PL", "NL", "BE", "CZ", "AT", "GR", "PT", "HU"})


@dataclass(frozen=True, slots=True)
class Submission:
    """`before` is the live product of an edit; None = a creation."""

    body: Mapping[str, Any]
    category_id: str
    version: str
    seller: Seller
    trees: Trees
    catalogue: Catalogue
    options: SimulatorOptions
    before: Mapping[str, Any] | None = None

    @property
    def attributes(self) -> list[dict[str, Any]]:
        if self.version == "v1":
            return self.catalogue.old_attributes(self.category_id)
        return self.catalogue.attributes(self.category_id)

    @property
    def product_values(self) -> dict[str, list[dict[str, Any]]]:
        """The values given, by attribute id."""
        return {str(each.get("id")): each.get("values") or [] for each in self.body.get("product_attributes") or ()}

    def condition_holds(self, conditions: list[dict[str, Any]] | None) -> bool:
        values = self.product_values
        return any(
            value.get("id") == each["attribute_value_id"]
            for each in conditions or ()
            for value in values.get(each["attribute_id"], ())
        )
