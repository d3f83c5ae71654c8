"""A submitted body with everything that the rules need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.catalogue import Catalogue
from simulator.options import SimulatorOptions
from simulator.rules.codes import OVERLOADED
from simulator.sellers import Seller
from simulator.trees import Trees

__all__ = ["EU", "OVERLOADED", "Submission"]

EU = frozenset({"DE", "ES", "FR", "IE", "IT", "PL", "NL", "BE", "CZ", "AT", "GR", "PT", "HU"})


@dataclass(frozen=True, slots=True)
class Submission:
    """`before` is the live product of an edit, and None for a creation."""

    body: Mapping[str, Any]
    category_id: str
    version: str
    seller: Seller
    trees: Trees
    catalogue: Catalogue
    options: SimulatorOptions
    before: Mapping[str, Any] | None = None
    is_draft: bool = False
    """Drafts may lack required attributes and repeat an attribute (fact: drafts_lenient)."""

    @property
    def attributes(self) -> list[dict[str, Any]]:
        if self.version == "v1":
            return self.catalogue.old_attributes(self.category_id)
        return self.catalogue.attributes(self.category_id)

    @property
    def product_values(self) -> dict[str, list[dict[str, Any]]]:
        """The submitted values by attribute id; repeated entries are joined."""
        values: dict[str, list[dict[str, Any]]] = {}
        for each in self.body.get("product_attributes") or ():
            values.setdefault(str(each.get("id")), []).extend(each.get("values") or [])
        return values

    def condition_holds(self, conditions: list[dict[str, Any]] | None) -> bool:
        values = self.product_values
        return any(
            value.get("id") == each["attribute_value_id"]
            for each in conditions or ()
            for value in values.get(each["attribute_id"], ())
        )
