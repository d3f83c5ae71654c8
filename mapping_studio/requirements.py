"""States in words what a leaf requires of a product. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from relisting.inputs import LeafRequirements
from tiktok_shop.catalogue import CategoryRules

_FLAGS = {
    "package_dimension_required": "package dimensions",
    "epr_required": "EPR registration",
    "responsible_person_required": "responsible person",
    "manufacturer_required": "manufacturer",
    "seller_sku_required": "seller SKU",
}


@dataclass(frozen=True, slots=True)
class Requirements:
    attributes: tuple[str, ...]
    """Names of the attributes that every product needs."""
    conditional: tuple[str, ...]
    """Names of the attributes that some products need."""
    certificates: tuple[str, ...]
    size_chart: str
    """`required`, `optional`, or empty if the leaf takes none."""
    others: tuple[str, ...]

    def texts(self) -> tuple[str, ...]:
        """Everything that every product needs, one string per requirement."""
        chart = ("size chart",) if self.size_chart == "required" else ()
        certificates = tuple(f"certificate: {name}" for name in self.certificates)
        return (*self.attributes, *certificates, *chart, *self.others)


def requirements_of(leaf: LeafRequirements) -> Requirements:
    rules = leaf.rules
    product = [each for each in leaf.attributes if each.type == "PRODUCT_PROPERTY"]
    return Requirements(
        attributes=tuple(each.name for each in product if each.is_required),
        conditional=tuple(each.name for each in product if each.conditions and not each.is_required),
        certificates=tuple(each.name for each in rules.certifications if each.is_required),
        size_chart=_size_chart(rules),
        others=(
            *(text for name, text in _FLAGS.items() if getattr(rules, name)),
            *(f"fee: {fee}" for fee in rules.required_fees),
        ),
    )


def _size_chart(rules: CategoryRules) -> str:
    if rules.size_chart_required:
        return "required"
    return "optional" if rules.size_chart_supported else ""
