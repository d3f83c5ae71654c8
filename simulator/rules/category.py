"""The tree a request refers to, and whether a category accepts listings."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.api_error import ApiError
from simulator.options import SimulatorOptions
from simulator.rules.codes import OVERLOADED
from simulator.rules.submission import Submission
from simulator.trees import Node, Trees


def version_of(options: SimulatorOptions, sent: object) -> str:
    """`v1` or `v2`. Raises ApiError."""
    if sent is None or sent == "":
        version = "v1"
    elif isinstance(sent, str):
        version = sent.lower() if options.version_case_insensitive else sent
    else:
        raise ApiError(OVERLOADED, "category_version is invalid")
    if version not in ("v1", "v2"):
        raise ApiError(OVERLOADED, "category_version is invalid")
    if version == "v1" and not options.accepts_v1:
        raise ApiError(12052217, "category_version v1 is not supported any more, shops of all regions must use v2")
    return version


def version_of_read(options: SimulatorOptions, sent: str, region: str) -> str:
    """The tree version for Get Categories and Get Attributes. Raises ApiError. Fact: reads_without_version."""
    if not sent and region != "US" and options.answers_without_version_outside_us:
        return "v1" if options.accepts_v1 else "v2"
    return version_of(options, sent)


def check_leaf(trees: Trees, category_id: object, version: str) -> Node:
    """Raises ApiError."""
    if not isinstance(category_id, str) or not category_id.isdigit():
        raise ApiError(12052002, "category id is malformed")
    mine, other = (trees.v1, trees.v2) if version == "v1" else (trees.v2, trees.v1)
    node = mine.get(category_id)
    if node is None:
        if category_id in other:
            raise ApiError(12052230, "category_version and category id do not match")
        raise ApiError(12052023, "category does not exist")
    if not node.leaf:
        raise ApiError(12052024, "category is not a leaf")
    return node


def permission_problems(node: Node, region: str, options: SimulatorOptions) -> Iterator[ApiError]:
    """Refuses invite-only categories if the switch is on; by default the review holds the edit back.

    Facts: invite_only_us, invite_only_elsewhere.
    """
    if "INVITE_ONLY" in node.permissions and region != "US" and options.refuses_invite_only_outside_us:
        yield ApiError(12052221, "the category is open to invited sellers only")


def replica_problems(submission: Submission) -> Iterator[ApiError]:
    """Only Seller Center changes the category of a product together with its replicas. Documented error code."""
    before = submission.before
    if before is None or not before.get("is_replicated"):
        return
    if submission.category_id not in {each["id"] for each in before["category_chains"]}:
        yield ApiError(12052514, "the category was changed: synchronise all markets that have replicas of the product")
