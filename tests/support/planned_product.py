"""A listed product that is complete for its leaf, and the inputs of a decision about it."""

from __future__ import annotations

from typing import Any

from relisting.inputs import (
    Inputs,
    MoveListing,
    Task,
)
from relisting.planned import NeedsInput
from tests.support.catalogue_builders import TREE, attribute, under

MATERIAL = attribute(1, "Material", "Glass", "Oak", is_required=True)
GLASS = {"id": "1", "name": "Material", "values": [{"id": "11", "name": "Glass"}]}
TITLE = "A jar of glass that holds one litre"


def product(*path: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """A listed product, complete for a leaf that requires a material."""
    return {
        **under(*(path or (("1", "Home"), ("5", "Jars")))),
        "id": "100",
        "status": "ACTIVATE",
        "title": TITLE,
        "description": "<p>Holds a litre.</p>",
        "main_images": [{"uri": "tos/1"}],
        "product_attributes": [GLASS],
        "skus": [{"id": "9", "seller_sku": "jar-1"}],
        **fields,
    }


def inputs(task: Task | None = None, **fields: Any) -> Inputs:
    return Inputs(task or MoveListing(), "US", TREE, **fields)


def codes(decision: object) -> list[str]:
    assert isinstance(decision, NeedsInput), decision
    return [reason.code for reason in decision.reasons]
