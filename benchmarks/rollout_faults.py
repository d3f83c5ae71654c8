"""The faults that the rollout benchmark plants in its worlds, and the causes that the rollout must name. Pure."""

from __future__ import annotations

from benchmarks.rollout_world import Fault, World
from rollout.edit import EVERY_MARKET


def wrong_mapping(world: World) -> Fault:
    row = world.size_near(150, lambda product: world.decided_by(product, "mapping"))
    hit = frozenset(p for p in range(world.size) if row in world.decided_by(p, "mapping"))
    leaf = world.leaf_of[min(hit)]
    expected = frozenset({f"decision/{blamed(world)}/mapping/{row}>{leaf}/v1"})
    return Fault("wrong mapping row", hit, rejects=0.6, expected=expected)


def blamed(world: World) -> str:
    """The market in the name of a decision that every market rejects."""
    return "M0" if world.markets == 1 else EVERY_MARKET


def refused_attribute(world: World) -> Fault:
    rule = world.size_near(262, lambda product: world.decided_by(product, "attribute_rule"))
    hit = frozenset(p for p in range(world.size) if rule in world.decided_by(p, "attribute_rule"))
    expected = frozenset({f"decision/{blamed(world)}/attribute_rule/{rule}>*/v1"})
    return Fault("attribute rule always rejected", hit, rejects=1.0, expected=expected)


def cleared_in_one_leaf(world: World, name: str, size: int) -> Fault:
    leaf = world.size_near(size, lambda product: [world.leaf_of[product]])
    hit = frozenset(p for p in range(world.size) if world.leaf_of[p] == leaf and name in world.fields_of[p])
    return Fault(f"{name} cleared in a category", hit, name, expected=frozenset({f"field/{name}/M0/{leaf}"}))


def cleared_in_half(world: World, name: str, begins: float = 0.0) -> Fault:
    hit = frozenset(p for p in range(world.size) if int(world.leaf_of[p]) % 2 and name in world.fields_of[p])
    when = f" from {begins:.0f} s" if begins else ""
    return Fault(f"{name} cleared in half{when}", hit, name, begins=begins, expected=frozenset({f"field/{name}"}))


def refusing_market(world: World, begins: float) -> Fault:
    hit = frozenset(p for p in range(world.size) if world.market_of(p) == "M1")
    return Fault("a market begins to reject", hit, rejects=0.5, begins=begins, expected=frozenset({"market/M1"}))
