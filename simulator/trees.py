"""Builds two category trees from a seed: v1 with three levels and v2 with up to seven; most leaves keep their id."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.options import DEMO
from simulator.profile import TreeShape, load_profile

MAX_LEVELS = 7
FIRST_CATEGORY = 600000


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
    """v1 leaf -> the v2 leaves into which it was split."""
    v1_leaves: list[str] = field(default_factory=list)

    def chain(self, category_id: str, tree: dict[str, Node]) -> list[dict[str, Any]]:
        """The nodes from root to leaf, in the shape of `category_chains` in Get Product."""
        steps = []
        node = tree.get(category_id)
        while node is not None:
            steps.append({"id": node.id, "parent_id": node.parent, "local_name": node.name, "is_leaf": node.leaf})
            node = tree.get(node.parent)
        return steps[::-1]


def make_trees(seed: int, shape: TreeShape | None = None) -> Trees:
    """Builds both trees; the default shape is that of the demo profile."""
    shape = shape or load_profile(DEMO).tree
    random, trees, number = Random(f"trees:{seed}"), Trees(), FIRST_CATEGORY

    def add(tree: dict[str, Node], node: Node) -> Node:
        tree[node.id] = node
        return node

    for department in shape.departments:
        number += 1
        top = add(trees.v1, Node(str(number), "0", department))
        add(trees.v2, Node(top.id, "0", department))
        for group in shape.groups:
            number += 1
            middle = add(
                trees.v1, Node(str(number), top.id, shape.group_name.format(department=department, group=group))
            )
            parent = add(trees.v2, Node(middle.id, top.id, middle.name)).id
            depth = random.choice((0, 0, 1, 2, 3, 4))
            for level in range(depth):
                number += 1
                parent = add(trees.v2, Node(str(number), parent, f"{middle.name} {'ABCD'[level]}")).id
            for kind in shape.kinds:
                number += 1
                name = shape.leaf_name.format(department=department, group=group, kind=kind)
                leaf = add(trees.v1, Node(str(number), middle.id, name, True))
                trees.v1_leaves.append(leaf.id)
                drawn = random.random()
                if drawn < shape.vanished_share:
                    continue
                if drawn < shape.vanished_share + shape.split_share and depth < MAX_LEVELS - 3:
                    add(trees.v2, Node(leaf.id, parent, leaf.name))
                    number = _split(trees, leaf, shape, random, number)
                else:
                    closed = drawn < shape.vanished_share + shape.split_share + shape.invite_only_share
                    permissions = ("INVITE_ONLY",) if closed else ("AVAILABLE",)
                    add(trees.v2, Node(leaf.id, parent, leaf.name, True, permissions))
    return trees


def _split(trees: Trees, leaf: Node, shape: TreeShape, random: Random, number: int) -> int:
    """Adds the children of a split leaf; returns the last number used."""
    sizes = shape.split_sizes
    count = sizes[0] if len(sizes) == 1 else random.choice(sizes)
    trees.splits[leaf.id] = []
    for qualifier in random.sample(shape.qualifiers, count):
        number += 1
        name = shape.child_name.format(qualifier=qualifier, leaf=leaf.name)
        trees.v2[str(number)] = Node(str(number), leaf.id, name, True)
        trees.splits[leaf.id].append(str(number))
    return number
