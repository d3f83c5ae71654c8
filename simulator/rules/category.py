"""Which tree a request speaks of, and whether a category may be listed under."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.options import SimulatorOptions
from simulator.refusal import Refusal
from simulator.rules.submission import OVERLOADED
from simulator.trees import Node, Trees


def version_of(options: SimulatorOptions, sent: object) -> str:
    """`v1` or `v2`. Raises Refusal."""
    if sent is None or sent == "":
        version = "v1"
    elif isinstance(sent, str):
        version = sent.lower() if options.version_case_insensitive else sent
    else:
        raise Refusal(OVERLOADED, "category_version is invalid")
    if version not in ("v1", "v2"):
        raise Refusal(OVERLOADED, "category_version is invalid")
    if version == "v1" and not options.accepts_v1:
        raise Refusal(12052217, "category_version v1 is not supported any more, shops of all regions must use v2")
    return version


def check_leaf(trees: Trees, category_id: object, version: str) -> Node:
    """Raises Refusal."""
    if not isinstance(category_id, str) or not category_id.isdigit():
        raise Refusal(12052002, "category id is malformed")
    mine, other = (trees.v1, trees.v2) if version == "v1" else (trees.v2, trees.v1)
    node = mine.get(category_id)
    if node is None:
        if category_id in other:
            raise Refusal(12052230, "category_version and category id do not match")
        raise Refusal(12052023, "category does not exist")
    if not node.leaf:
        raise Refusal(12052024, "category is not a leaf")
    return node


def permission_problems(node: Node, region: str) -> Iterator[Refusal]:
    """In the US a listing in an invite-only category is taken, and waits until the seller qualifies."""
    if "INVITE_ONLY" in node.permissions and region != "US":
        yield Refusal(12052221, "the category is open to invited sellers only")
