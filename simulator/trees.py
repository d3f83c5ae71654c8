"""Two category trees of one seed: v1 of three levels, v2 of up to seven where most v1 leaves keep their id."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

DEPARTMENTS = ("Home", "Kitchen", "Fashion", "Beauty")
GROUPS = ("Storage", "Care", "Accessories", "Basics", "Outdoor")
MOST_LEVELS = 7
KINDS = ("Jars", "Boxes", "Brushes", "Covers", "Lamps", "Racks")
MATERIALS = ("Cotton", "Wool", "Steel", "Glass", "Oak", "Leather", "Plastic", "Silicone")


@dataclass(slots=True)
class Node:
    id: str
    parent: str
    name: str
    leaf: bool = False
    permissions: tuple[str, ...] = ("AVAILABLE",)


@dataclass(slots=True)
class Trees:
    v1: dict[str, Node] = field(default_factory=dict)
    v2: dict[str, Node] = field(default_factory=dict)
    splits: dict[str, list[str]] = field(default_factory=dict)
    """v1 leaf -> the v2 leaves it became."""
    v1_leaves: list[str] = field(default_factory=list)

    def chain(self, category_id: str, tree: dict[str, Node]) -> list[dict[str, Any]]:
        """Root to leaf, in the shape of Get Product's `category_chains`."""
        steps = []
        node = tree.get(category_id)
        while node is not None:
            steps.append({"id": node.id, "parent_id": node.parent, "local_name": node.name, "is_leaf": node.leaf})
            node = tree.get(node.parent)
        return steps[::-1]


def make_trees(seed: int) -> Trees:
    random, trees, number = Random(f"trees:{seed}"), Trees(), 600000

    def add(tree: dict[str, Node], node: Node) -> Node:
        tree[node.id] = node
        return node

    for department in DEPARTMENTS:
        number += 1
        top = add(trees.v1, Node(str(number), "0", department))
        add(trees.v2, Node(top.id, "0", department))
        for group in GROUPS:
            number += 1
            middle = add(trees.v1, Node(str(number), top.id, f"{department} {group}"))
            parent = add(trees.v2, Node(middle.id, top.id, middle.name)).id
            depth = random.choice((0, 0, 1, 2, 3, 4))
            for level in range(depth):
                number += 1
                parent = add(trees.v2, Node(str(number), parent, f"{middle.name} {'ABCD'[level]}")).id
            for kind in KINDS:
                number += 1
                leaf = add(trees.v1, Node(str(number), middle.id, f"{department} {kind}", True))
                trees.v1_leaves.append(leaf.id)
                fate = random.random()
                if fate < 0.02:
                    continue  # vanished
                if fate < 0.08 and depth < MOST_LEVELS - 3:
                    add(trees.v2, Node(leaf.id, parent, leaf.name))
                    trees.splits[leaf.id] = []
                    for material in random.sample(MATERIALS, 2):
                        number += 1
                        child = add(trees.v2, Node(str(number), leaf.id, f"{material} {leaf.name}", True))
                        trees.splits[leaf.id].append(child.id)
                else:
                    permissions = ("INVITE_ONLY",) if fate < 0.10 else ("AVAILABLE",)
                    add(trees.v2, Node(leaf.id, parent, leaf.name, True, permissions))
    return trees
