"""Changes to the v2 catalogue at runtime, for leaves named through `/simulator/faults`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.catalogue import MATERIALS, ORIGIN
from simulator.trees import Node
from simulator.world import World

FIRST_SPLIT = 900000


def split_leaf(world: World, category_id: str) -> None:
    """Turns the leaf into a group with two leaves."""
    node = world.trees.v2[category_id]
    node.leaf = False
    for number, material in enumerate(MATERIALS[:2]):
        child = str(FIRST_SPLIT + 2 * int(category_id) + number)
        world.trees.v2[child] = Node(child, category_id, f"{material} {node.name}", True)


def close_leaf(world: World, category_id: str) -> None:
    """Makes the leaf invite-only."""
    world.trees.v2[category_id].permissions = ("INVITE_ONLY",)


def require_origin(world: World, category_id: str) -> None:
    """Makes the optional origin attribute required."""
    _replace(world, category_id, lambda each: {**each, "is_requried": True} if each["id"] == ORIGIN else each)


def replace_values(world: World, category_id: str) -> None:
    """Gives the selectable values new ids under the same names."""
    _replace(
        world,
        category_id,
        lambda each: (
            {**each, "values": [{**value, "id": f"9{value['id']}"} for value in each["values"]]}
            if each["type"] == "PRODUCT_PROPERTY" and not each["is_customizable"]
            else each
        ),
    )


TREE_CHANGES: dict[str, Callable[[World, str], None]] = {
    "leaf_split": split_leaf,
    "leaf_invite_only": close_leaf,
    "origin_required": require_origin,
    "values_replaced": replace_values,
}


def _replace(world: World, category_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    world.catalogue.publish(category_id, [change(each) for each in world.catalogue.attributes(category_id)])
