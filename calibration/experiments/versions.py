"""Which spelling and which version of the category tree requests may name."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.answer import Answer, request_ids, rows, text
from calibration.findings import Finding, Inconclusive, Measured
from calibration.leaves import CATEGORIES, tree_of
from calibration.workbench import PRODUCTS, SEARCH, Workbench

MOST_PRODUCTS = 25
LEVELS_OF_V1 = 3
TreeRows = Mapping[str, Mapping[str, object]]


async def category_version_case(bench: Workbench) -> list[Finding]:
    answer = await _tree(bench, category_version="V2")
    understood = answer.accepted and tree_of(answer.data).keys() == bench.tree.keys()
    return [Measured("category_version_case", understood, f"category_version=V2: {answer}", request_ids(answer))]


async def v1_refused(bench: Workbench) -> list[Finding]:
    answer = await _tree(bench, category_version="v1")
    accepted = answer.accepted and tree_of(answer.data).keys() != bench.tree.keys()
    return [Measured("v1_refused", accepted, f"category_version=v1: {answer}", request_ids(answer))]


async def reads_without_version(bench: Workbench) -> list[Finding]:
    if bench.region == "US":
        raise Inconclusive("the fact is about markets other than the US")
    old, answer = await _tree(bench, category_version="v1"), await _tree(bench)
    if old.accepted and answer.accepted and tree_of(answer.data).keys() == tree_of(old.data).keys():
        raise Inconclusive("the v1 tree is still served, so an answer without a version shows nothing")
    return [
        Measured("reads_without_version", answer.accepted, f"without category_version: {answer}", request_ids(answer))
    ]


async def chains_before_move(bench: Workbench) -> list[Finding]:
    """Look at products of the shop that are still on v1; they are only read.

    A path of the v2 tree shows nothing when the v1 tree has the same, so one path that v2 does not have decides, and
    otherwise one longer than any of v1.
    """
    page = await bench.wire.read("POST", SEARCH, {"category_version": "v1"}, page_size=str(MOST_PRODUCTS))
    seen = 0
    for row in rows(page.data, "products"):
        answer = await bench.wire.read("GET", f"{PRODUCTS}/{text(row, 'id')}")
        path = [text(each, "id") for each in rows(answer.data, "category_chains")]
        if not path or not _is_leaf(bench.tree, path[-1]):
            continue
        seen += 1
        if path != _path(bench.tree, path[-1]):
            evidence = f"product {text(row, 'id')}, on v1, shows a path that v2 does not have"
            return [Measured("chains_before_move", False, evidence, request_ids(answer))]
        if len(path) > LEVELS_OF_V1:
            evidence = f"product {text(row, 'id')}, on v1, shows a path of {len(path)} levels"
            return [Measured("chains_before_move", True, evidence, request_ids(answer))]
    if not seen:
        raise Inconclusive("the shop has no product on v1 whose category is a leaf of v2")
    raise Inconclusive(f"the paths of {seen} products on v1 are the same in both trees")


async def _tree(bench: Workbench, **query: str) -> Answer:
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
