"""Looks up what the table says about the fields of an object, once for all objects with the same field names. Pure.

The objects of a product have few different sets of names: the SKUs of most products have the same. Walking a product
field by field took a fifth of the time of a decision.
"""

from __future__ import annotations

from functools import lru_cache

from relisting.product_fields import OPEN_TREATMENTS, FieldNode, Treatment

MAX_SHAPES = 4_096
"""Maximum number of sets of names that are remembered, which take a few MB."""

Fields = tuple[tuple[str, FieldNode | None], ...]


@lru_cache(maxsize=MAX_SHAPES)
def checked_fields(node: FieldNode, names: tuple[str, ...]) -> Fields:
    """The fields that may stop an edit: those of open objects with their node, unknown and STOP ones with None."""
    found: list[tuple[str, FieldNode | None]] = []
    for name in names:
        child = node.children.get(name)
        if child is None or child.treatment is Treatment.STOP:
            found.append((name, None))
        elif child.treatment in OPEN_TREATMENTS:
            found.append((name, child))
    return tuple(found)


@lru_cache(maxsize=MAX_SHAPES)
def sent_fields(node: FieldNode, names: tuple[str, ...]) -> Fields:
    """The fields that an edit sends back, sorted: KEEP fields with None, NESTED ones with their node."""
    found: list[tuple[str, FieldNode | None]] = []
    for name in sorted(names):
        child = node.children.get(name)
        if child is not None and child.treatment in (Treatment.KEEP, Treatment.NESTED):
            found.append((name, child if child.treatment is Treatment.NESTED else None))
    return tuple(found)
