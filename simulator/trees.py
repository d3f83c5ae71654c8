"""Two category trees of one seed: v1 of three levels, v2 of up to seven where most v1 leaves keep their id."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

DEPARTMENTS = ("Home", "Kitchen", "Fashion", "Beauty")
GROUPS = ("Storage", "Care", "Accessories", "Basics", "Outdoor")
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
            for depth in range(random.choice((0, 0, 1, 2))):
                number += 1
                parent = add(trees.v2, Node(str(number), parent, f"{middle.name} {'ABC'[depth]}")).id
            for kind in KINDS:
                number += 1
                leaf = add(trees.v1, Node(str(number), middle.id, f"{department} {kind}", True))
                trees.v1_leaves.append(leaf.id)
                fate = random.random()
                if fate < 0.02:
                    continue  # vanished
                if fate < 0.08:
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


def attributes_of(seed: int, category_id: str) -> list[dict[str, Any]]:
    """Eleven attributes of a leaf, in the platform's own shape and spelling."""
    random = Random(f"attributes:{seed}:{category_id}")
    attributes: list[dict[str, Any]] = []

    def add(name: str, **fields: Any) -> dict[str, Any]:
        number = 100000 + len(attributes)
        values = fields.pop("values", ())
        attribute = {
            "id": str(number),
            "name": name,
            "type": fields.pop("type", "PRODUCT_PROPERTY"),
            "is_requried": fields.pop("required", False),
            "is_customizable": fields.pop("custom", False),
            "is_multiple_selection": fields.pop("several", False),
            "values": [{"id": str(number * 100 + i), "name": value} for i, value in enumerate(values)],
            **fields,
        }
        attributes.append(attribute)
        return attribute

    add("Material", values=MATERIALS, required=True)
    add("Season", values=("Spring", "Summer", "Autumn", "Winter"), several=True)
    battery = add("Battery included", values=("Yes", "No"))
    yes = {"condition_type": "VALUE_ID_MATCH", "attribute_id": battery["id"]}
    yes["attribute_value_id"] = battery["values"][0]["id"]
    add("Battery capacity", custom=True, requirement_conditions=[yes])
    add("Pattern", values=("Plain", "Dots", "Stripes"), custom=True)
    add("Occasion", values=("Birthday", "Wedding", "Daily"), several=True, custom=True)
    add("Quantity per pack", custom=True, value_data_format="POSITIVE_INT_OR_DECIMAL")
    add("Origin", values=("CN", "DE", "US", "VN"), required=random.random() < 0.03)
    add("Style", values=("Modern", "Classic"), custom=True)
    add("Color", values=("Red", "Blue", "Black"), custom=True, type="SALES_PROPERTY")
    add("Size", values=("S", "M", "L"), custom=True, type="SALES_PROPERTY")
    return attributes


def rules_of(seed: int, category_id: str) -> dict[str, Any]:
    random = Random(f"rules:{seed}:{category_id}")
    return {
        "product_certifications": [
            {"id": "7001", "name": "Safety certificate", "is_required": random.random() < 0.02},
            {"id": "7002", "name": "Material test", "is_required": False},
        ],
        "size_chart": {"is_supported": True, "is_required": random.random() < 0.02},
        "cod": {"is_supported": True},
        "package_dimension": {"is_required": random.random() < 0.3},
        "epr": {"is_required": False},
        "responsible_person": {"is_required": False},
        "manufacturer": {"is_required": False},
        "allowed_special_product_types": "[]",
    }


def brands_of() -> list[dict[str, Any]]:
    """The same for every leaf; whether a shop is authorised is the shop's own (world.py)."""
    return [{"id": str(7082427311584340000 + n), "name": f"Brand {n}", "is_t1_brand": n < 3} for n in range(30)]
