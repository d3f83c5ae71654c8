"""Changes of the v2 catalogue while the simulator runs; `/simulator/faults` names the leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.catalogue import MATERIALS, ORIGIN
from simulator.trees import Node
from simulator.world import World

FIRST_SPLIT = 900000


def split_leaf(world: World, category_id: str) -> None:
    """It becomes a group with two leaves under it."""
    node = world.trees.v2[category_id]
    node.leaf = False
    for number, material in enumerate(MATERIALS[:2]):
        child = str(FIRST_SPLIT + 2 * int(category_id) + number)
        world.trees.v2[child] = Node(child, category_id, f"{material} {node.name}", True)


def close_leaf(world: World, category_id: str) -> None:
    """Only invited sellers may list under it from now on."""
    world.trees.v2[category_id].permissions = ("INVITE_ONLY",)


def require_origin(world: World, category_id: str) -> None:
    """An attribute that was optional becomes required."""
    _replace(world, category_id, lambda each: {**each, "is_requried": True} if each["id"] == ORIGIN else each)


def replace_values(world: World, category_id: str) -> None:
    """The selectable values keep their names and get other ids."""
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
