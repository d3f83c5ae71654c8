"""Which version of the category tree requests may specify, and in which spelling."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.findings import Finding, Inconclusive, Measured
from calibration.leaves import CATEGORIES, tree_of
from calibration.response import RawResponse, request_ids, rows, text
from calibration.workbench import PRODUCTS, SEARCH, Workbench

MAX_PRODUCTS = 25
LEVELS_OF_V1 = 3
TreeRows = Mapping[str, Mapping[str, object]]


async def category_version_case(bench: Workbench) -> list[Finding]:
    response = await _tree(bench, category_version="V2")
    understood = response.accepted and tree_of(response.data).keys() == bench.tree.keys()
    return [Measured("category_version_case", understood, f"category_version=V2: {response}", request_ids(response))]


async def v1_refused(bench: Workbench) -> list[Finding]:
    response = await _tree(bench, category_version="v1")
    accepted = response.accepted and tree_of(response.data).keys() != bench.tree.keys()
    return [Measured("v1_refused", accepted, f"category_version=v1: {response}", request_ids(response))]


async def reads_without_version(bench: Workbench) -> list[Finding]:
    if bench.region == "US":
        raise Inconclusive("the fact is about markets other than the US")
    old, response = await _tree(bench, category_version="v1"), await _tree(bench)
    if old.accepted and response.accepted and tree_of(response.data).keys() == tree_of(old.data).keys():
        raise Inconclusive("the v1 tree is still served, so a response without a version shows nothing")
    return [
        Measured(
            "reads_without_version", response.accepted, f"without category_version: {response}", request_ids(response)
        )
    ]


async def chains_before_move(bench: Workbench) -> list[Finding]:
    """Read the shop's products that are still on v1, without changing them.

    A v2 path proves nothing if the v1 tree has the same path. A path that v2 lacks is proof, and so is one longer than
    any path in v1.
    """
    page = await bench.wire.read("POST", SEARCH, {"category_version": "v1"}, page_size=str(MAX_PRODUCTS))
    seen = 0
    for row in rows(page.data, "products"):
        response = await bench.wire.read("GET", f"{PRODUCTS}/{text(row, 'id')}")
        path = [text(each, "id") for each in rows(response.data, "category_chains")]
        if not path or not _is_leaf(bench.tree, path[-1]):
            continue
        seen += 1
        if path != _path(bench.tree, path[-1]):
            evidence = f"product {text(row, 'id')}, on v1, shows a path that v2 does not have"
            return [Measured("chains_before_move", False, evidence, request_ids(response))]
        if len(path) > LEVELS_OF_V1:
            evidence = f"product {text(row, 'id')}, on v1, shows a path of {len(path)} levels"
            return [Measured("chains_before_move", True, evidence, request_ids(response))]
    if not seen:
        raise Inconclusive("the shop has no product on v1 whose category is a leaf of v2")
    raise Inconclusive(f"the paths of {seen} products on v1 are the same in both trees")


async def _tree(bench: Workbench, **query: str) -> RawResponse:
    return await bench.wire.read("GET", CATEGORIES, **query)


def _is_leaf(tree: TreeRows, category_id: str) -> bool:
    return tree.get(category_id, {}).get("is_leaf") is True


def _path(tree: TreeRows, leaf_id: str) -> list[str]:
    """Return the ids from the root to the leaf."""
    path: list[str] = []
    at = leaf_id
    while at in tree and at not in path:
        path.insert(0, at)
        at = text(tree[at], "parent_id")
    return path
