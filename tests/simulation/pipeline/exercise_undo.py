"""Undoes random edits of random products, and compares the result with a second, simpler implementation of the merge.

A world has few undos, and fewer of a field that was changed again or lost. The rule for every field, attribute and
variant is the same: it goes back to its value before the edit if it still has the value from the edit; else it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from relisting.restore import MadeEdit, restored_product

FIELDS = ("title", "description", "external_product_id", "search_terms")
SKU_FIELDS = ("seller_sku", "external_sku_id")
SKUS = ("s1", "s2", "s3")
ATTRIBUTES = ("a1", "a2", "a3", "a4")
BRAND, CATEGORY = "brand", "category"
VALUES = ("red", "green", "blue")
LEAF, LOST_VALUES = "category_chains", "product_attributes"
"""Damages: the platform has put the product into a leaf that nobody chose; attributes have lost values."""
NOTHING = ""
"""The value of an absent field."""

Flat = dict[str, str]
"""Name of a field, `skus.<id>.<field>`, `attribute <id>`, `brand` or `category` -> its value."""


def exercise_undo(random: Random, report: Callable[[str], None], times: int) -> None:
    for _ in range(times):
        _undo_once(random, report)


def _undo_once(random: Random, report: Callable[[str], None]) -> None:
    skus = random.sample(SKUS, random.randint(1, 3))
    flat = _draw(random, skus)
    edits: list[tuple[Flat, Flat, frozenset[str]]] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        sent = _changed(random, flat, 0.4)
        if random.random() < 0.1:  # The platform added a variant between the read and the edit.
            unsent = random.choice(skus)
            sent = {name: value for name, value in sent.items() if _sku_of(name) != unsent}
        # The seller may change the product between two edits.
        edits.append((flat, sent, _damage(random)))
        flat = _changed(random, flat | sent, random.choice((0.0, 0.2)))
    now = _changed(random, flat, random.choice((0.0, 0.3)))
    now_skus = [sku for sku in skus if random.random() < 0.9] + (["s9"] if random.random() < 0.2 else [])
    now = {name: value for name, value in now.items() if _sku_of(name) in ("", *now_skus)}
    now |= {f"skus.s9.{field}": random.choice(VALUES) for field in SKU_FIELDS if "s9" in now_skus}
    made = [MadeEdit(_product(before, skus), _body(sent, skus), damaged) for before, sent, damaged in edits]
    result = restored_product(made, _product(now, now_skus))
    right, restored, changed = _undone(edits, now)
    found = _flat_of(result.product)
    if wrong := sorted(name for name in right.keys() | found.keys() if right.get(name, "") != found.get(name, "")):
        name = wrong[0]
        report(
            f"undo: {name} was {edits[-1][0].get(name, '')!r} before an edit, {edits[-1][1].get(name)!r} in it and"
            f" {now.get(name, '')!r} now; its undo puts {found.get(name, '')!r} there, not {right.get(name, '')!r}"
        )
    elif missing := sorted(set(result.restored) ^ restored):
        report(f"undo: {missing[0]} is {'not ' * (missing[0] in restored)}reported as restored, which is wrong")
    kept = {name for name in result.kept if not name.startswith("skus.")}
    if missing := sorted(kept ^ changed):
        report(f"undo: {missing[0]} is {'not ' * (missing[0] not in kept)}reported as changed since, which is wrong")
    deleted = {sku for sku in skus if sku not in now_skus}
    if (
        len(result.lost) != len({edits[-1][0].get(f"skus.{sku}.seller_sku") or sku for sku in deleted})
        and len(edits) == 1
    ):
        report(f"undo: {len(result.lost)} variants are reported as lost, {len(deleted)} are")


def _draw(random: Random, skus: Sequence[str]) -> Flat:
    names = [*FIELDS, *(f"attribute {each}" for each in ATTRIBUTES), BRAND]
    names += [f"skus.{sku}.{field}" for sku in skus for field in SKU_FIELDS]
    return {name: _value(random, name) for name in names} | {CATEGORY: random.choice(("1", "2"))}


def _value(random: Random, name: str) -> str:
    if not name.startswith("attribute"):
        return random.choice((*VALUES, NOTHING))
    # Attributes of different names never have the same value: one could be taken for the other in a new leaf.
    return "+".join(f"{value} {name[-2:]}" for value in VALUES if random.random() < 0.4)


def _changed(random: Random, flat: Flat, share: float) -> Flat:
    changed = {name: _value(random, name) if random.random() < share else value for name, value in flat.items()}
    return changed | {CATEGORY: random.choice(("1", "2", "3")) if random.random() < share else flat[CATEGORY]}


def _damage(random: Random) -> frozenset[str]:
    kinds = ("title", "description", "skus.seller_sku", "brand", LEAF, LOST_VALUES)
    return frozenset((random.choice(kinds),) if random.random() < 0.3 else ())


def _sku_of(name: str) -> str:
    return name.split(".")[1] if name.startswith("skus.") else ""


def _undone(edits: Sequence[tuple[Flat, Flat, frozenset[str]]], now: Flat) -> tuple[Flat, set[str], set[str]]:
    """The product without the edits; what went back; and what an edit changed and somebody has changed again since."""
    current, restored, kept = dict(now), set[str](), set[str]()
    for before, sent, damaged in reversed(edits):
        for name in sorted(before.keys() & sent.keys() & current.keys()):
            old, made, value = before[name], sent[name], current[name]
            is_attribute = name.startswith("attribute")
            if old != value and ((made != old and made == value) or _is_lost(name, damaged, old, made, value)):
                current[name] = old
                restored.add(_kind(name))
            elif is_attribute:
                # An attribute that somebody has given its old value again counts; one that came back does not.
                kept.update([name] if made and made not in (old, value) and (old or value) else [])
                if LOST_VALUES in damaged and _parts(value) < _parts(old):
                    current[name] = old
                    restored.add(name)
            elif old not in (made, value) and not name.startswith("skus."):
                kept.add(name)
    return current, restored, kept


def _is_lost(name: str, damaged: frozenset[str], old: str, made: str, value: str) -> bool:
    if name == CATEGORY:
        return LEAF in damaged and value not in (old, made)
    return _kind(name) in damaged and bool(old) and not value


def _parts(value: str) -> set[str]:
    return set(value.split("+")) - {""}


def _kind(name: str) -> str:
    """`skus.s1.seller_sku` -> `skus.seller_sku`."""
    return f"skus.{name.split('.')[2]}" if name.startswith("skus.") else name


def _product(flat: Flat, skus: Sequence[str]) -> dict[str, Any]:
    """In the form of Get Product."""
    product: dict[str, Any] = {name: flat[name] for name in FIELDS if flat[name]}
    product["skus"] = [_sku(flat, sku) for sku in skus if any(_sku_of(name) == sku for name in flat)]
    product["product_attributes"] = _attributes(flat)
    product["category_chains"] = [{"id": flat[CATEGORY], "is_leaf": True, "local_name": "Leaf"}]
    if flat[BRAND]:
        product["brand"] = {"id": flat[BRAND], "name": flat[BRAND]}
    return product


def _body(flat: Flat, skus: Sequence[str]) -> dict[str, Any]:
    """In the form of Edit Product."""
    body = _product(flat, skus)
    del body["category_chains"]
    body.pop("brand", None)
    return body | {"category_id": flat[CATEGORY], "brand_id": flat[BRAND]}


def _sku(flat: Flat, sku: str) -> dict[str, Any]:
    fields = {field: flat[f"skus.{sku}.{field}"] for field in SKU_FIELDS}
    return {"id": sku, **{field: value for field, value in fields.items() if value}}


def _attributes(flat: Flat) -> list[dict[str, Any]]:
    values = {
        each: [{"id": part, "name": part} for part in flat[f"attribute {each}"].split("+")] for each in ATTRIBUTES
    }
    return [{"id": each, "name": each, "values": values[each]} for each in ATTRIBUTES if flat[f"attribute {each}"]]


def _flat_of(product: Mapping[str, Any]) -> Flat:
    flat = {name: str(product.get(name) or "") for name in FIELDS}
    flat |= {f"skus.{sku['id']}.{field}": str(sku.get(field) or "") for sku in product["skus"] for field in SKU_FIELDS}
    flat |= {
        f"attribute {each['id']}": "+".join(value["name"] for value in each["values"])
        for each in product["product_attributes"]
    }
    flat[BRAND] = str((product.get("brand") or {}).get("id") or "")
    flat[CATEGORY] = str(product["category_chains"][-1]["id"])
    return flat
