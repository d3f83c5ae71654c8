"""Products with known attribute values for `benchmarks.proposals`: from a file, or from a generated world."""

from __future__ import annotations

import gzip
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from relisting.names import normalised
from tiktok_shop.catalogue import Attribute, AttributeValue

LEAST_OF_VALUE, LEAST_OF_ATTRIBUTE, LEAST_COVERED = 3, 25, 0.6
NO_ENUMERATION = frozenset({"brand", "modelname", "modelnumber", "brandname", "salespackage", "subbrand"})


@dataclass(frozen=True, slots=True)
class LabelledProduct:
    leaf: str
    body: dict[str, Any]
    values: dict[str, frozenset[str]] = field(default_factory=dict)
    """Attribute id -> ids of the right values."""


@dataclass(frozen=True, slots=True)
class LabelledCatalogue:
    products: tuple[LabelledProduct, ...]
    attributes: dict[str, tuple[Attribute, ...]]
    """Leaf -> enumerated attributes."""
    region: str = ""


def from_file(path: Path) -> LabelledCatalogue:
    """JSON lines, plain or gzipped: `title`, `category` or `path`, `attrs` (name -> value or values), `desc`, `brand`.

    An attribute of a category is enumerated if its values repeat.
    """
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = [row for row in map(orjson.loads, raw.splitlines()) if row.get("attrs")]
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    names: dict[str, str] = {}
    for row in rows:
        for name, value in _pairs(row):
            counts[_leaf(row), name][normalised(value)] += 1
            names.setdefault(normalised(value), value)
    attributes: defaultdict[str, list[Attribute]] = defaultdict(list)
    for (leaf, name), values in counts.items():
        listed = sorted(value for value, count in values.items() if count >= LEAST_OF_VALUE and value)
        covered = sum(values[value] for value in listed)
        if normalised(name) in NO_ENUMERATION or len(listed) < 2 or covered < LEAST_OF_ATTRIBUTE:
            continue
        if covered >= LEAST_COVERED * sum(values.values()):
            options = tuple(AttributeValue(value, names[value]) for value in listed)
            attributes[leaf].append(Attribute(name, name, "PRODUCT_PROPERTY", True, False, False, options))
    products = []
    for row in rows:
        if (leaf := _leaf(row)) not in attributes:
            continue
        allowed = {each.id: {value.id for value in each.values} for each in attributes[leaf]}
        own: defaultdict[str, set[str]] = defaultdict(set)
        for name, value in _pairs(row):
            if normalised(value) in allowed.get(name, ()):
                own[name].add(normalised(value))
        body = {"title": row["title"], "description": row.get("desc") or "", "brand": {"name": row.get("brand") or ""}}
        products.append(LabelledProduct(leaf, body, {name: frozenset(values) for name, values in own.items()}))
    return LabelledCatalogue(tuple(products), {leaf: tuple(each) for leaf, each in attributes.items()})


def generated(seed: int, size: int) -> LabelledCatalogue:
    """A clothing catalogue whose titles state about half of the values, some in other words or with a denial."""
    rng = random.Random(seed)
    attributes = {
        leaf: tuple(_attribute(name, values) for name, values in ATTRIBUTES.items())
        for leaf in ("Shirts", "Coats", "Bags")
    }
    products = []
    for number in range(size):
        leaf = rng.choice(list(attributes))
        values = {each.id: rng.choice(each.values[: 3 + len(leaf) % 3]).name for each in attributes[leaf]}
        if leaf == "Coats":
            values["Season"] = "Winter" if rng.random() < 0.9 else values["Season"]
        words = [
            rng.choice(("New", "Classic", "Basic", "Premium", "Fashion")),
            leaf.lower().rstrip("s"),
            f"N{number % 900}",
        ]
        for name, value in values.items():
            if rng.random() < 0.5:
                words.insert(rng.randrange(len(words) + 1), rng.choice((value, value.lower(), f"{value.lower()}s")))
            elif rng.random() < 0.1:
                other = rng.choice([each.name for each in _named(attributes[leaf], name).values if each.name != value])
                words.append(rng.choice(("not", "without", "faux")) + " " + other.lower())
        body = {"title": " ".join(words), "description": ""}
        products.append(LabelledProduct(leaf, body, {name: frozenset({value}) for name, value in values.items()}))
    return LabelledCatalogue(tuple(products), attributes)


ATTRIBUTES = {
    "Color": ("Black", "White", "Red", "Blue", "Green", "Pink"),
    "Material": ("Cotton", "Leather", "Wool", "Polyester", "Silk"),
    "Gender": ("Women", "Men", "Unisex", "Girls", "Boys"),
    "Season": ("Summer", "Winter", "Spring", "Autumn"),
    "Pattern": ("Plain", "Striped", "Floral", "Checked"),
}


def _attribute(name: str, values: Sequence[str]) -> Attribute:
    options = tuple(AttributeValue(value, value) for value in values)
    return Attribute(name, name, "PRODUCT_PROPERTY", True, False, False, options)


def _named(attributes: Sequence[Attribute], name: str) -> Attribute:
    return next(each for each in attributes if each.id == name)


def _leaf(row: dict[str, Any]) -> str:
    path = row.get("path")
    return str(row.get("category") or " > ".join(path[:2] if isinstance(path, list) else []))


def _pairs(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in row["attrs"].items()
        for value in (values if isinstance(values, list) else [values])
    ]
