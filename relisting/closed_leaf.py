"""Reports a leaf that is known but closed to the shop, with the platform's own code. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.outcome import Reason
from relisting.candidates import product_candidates, ranked
from relisting.resolution import Unresolved
from relisting.tree import CategoryTree

PROHIBITED_CODE, INVITED_ONLY_CODE, NOT_MAIN_CODE = "12052220", "12052221", "12052225"
_CODES_AND_REMEDIES = {
    "prohibited": (PROHIBITED_CODE, "prohibited for this shop: choose another"),
    "outside the shop's main category": (
        NOT_MAIN_CODE,
        "outside the shop's main category: apply for it in Seller Center, or choose another",
    ),
    "open to invited sellers only": (
        INVITED_ONLY_CODE,
        "open to invited sellers only: ask for an invitation in Seller Center, or choose another",
    ),
}


def is_closed_leaf(tree: CategoryTree, category_id: str) -> bool:
    return tree.is_leaf(category_id) and not tree.is_open(category_id)


def closed_leaf(product: Mapping[str, Any], tree: CategoryTree, category_id: str) -> Unresolved:
    code, remedy = _CODES_AND_REMEDIES[tree.closed_because(category_id)]
    message = f"The category {tree.path_text(category_id)} ({category_id}) is {remedy}."
    others = [each for each in product_candidates(product, tree) if each.category_id != category_id]
    reason = Reason(code, message, "seller", "category_id", None, ranked(others, product, tree))
    return Unresolved(reason, category_id)
