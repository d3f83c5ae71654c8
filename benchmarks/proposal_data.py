"""Products with known attribute values for `benchmarks.proposals`: from a file, or from a generated world."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.json_lines import read_lines
from relisting.names import normalised
from tiktok_shop.catalogue import Attribute, AttributeValue

MIN_OF_VALUE, MIN_OF_ATTRIBUTE, MIN_COVERED = 3, 25, 0.6
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
    rows = [row for row in read_lines(path) if row.get("attrs")]
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    names: dict[str, str] = {}
    for row in rows:
        for name, value in _pairs(row):
            counts[_leaf(row), name][normalised(value)] += 1
            names.setdefault(normalised(value), value)
    attributes: defaultdict[str, list[Attribute]] = defaultdict(list)
    for (leaf, name), values in counts.items():
        listed = sorted(value for value, count in values.items() if count >= MIN_OF_VALUE and value)
        covered = sum(values[value] for value in listed)
        if normalised(name) in NO_ENUMERATION or len(listed) < 2 or covered < MIN_OF_ATTRIBUTE:
            continue
        if covered >= MIN_COVERED * sum(values.values()):
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


@dataclass(frozen=True, slots=True)
class Character:
    """How the texts of a generated catalogue state the values of its products."""

    leaves: int
    title: float
    """Chance that the title states a value."""
    description: float
    """Chance that the description states a value missing from the title."""
    habit: float
    """Chance that a value is the usual one of the product's brand in its leaf."""
    region: str = "US"


UNLEARNABLE = "nothing to learn"
CHARACTERS = {
    "titles": Character(3, 0.65, 0.0, 0.75),
    "descriptions": Character(12, 0.3, 0.6, 0.6),
    "Spanish": Character(3, 0.6, 0.3, 0.6, "MX"),
    UNLEARNABLE: Character(3, 0.5, 0.0, 0.0),
}
ATTRIBUTES = {
    "Color": ("Black", "White", "Red", "Blue", "Green", "Pink"),
    "Material": ("Cotton", "Leather", "Wool", "Polyester", "Silk"),
    "Gender": ("Women", "Men", "Unisex", "Girls", "Boys"),
    "Season": ("Summer", "Winter", "Spring", "Autumn"),
    "Pattern": ("Plain", "Striped", "Floral", "Checked"),
}
SPANISH = {
    "Black": ("negro", "negra"), "White": ("blanco", "blanca"), "Red": ("rojo", "roja"), "Blue": ("azul",),
    "Green": ("verde",), "Pink": ("rosa",), "Cotton": ("algodón",), "Leather": ("cuero", "piel"), "Wool": ("lana",),
    "Polyester": ("poliéster",), "Silk": ("seda",), "Women": ("mujer", "mujeres"), "Men": ("hombre", "hombres"),
    "Unisex": ("unisex",), "Girls": ("niña", "niñas"), "Boys": ("niño", "niños"),
    "Summer": ("verano",), "Winter": ("invierno",),
    "Spring": ("primavera",), "Autumn": ("otoño",), "Striped": ("rayas",), "Floral": ("floral", "flores"),
    "Checked": ("cuadros",), "Plain": ("liso", "lisa"),
}  # fmt: skip
NOUNS = ("shirt", "coat", "bag", "scarf", "hat", "glove", "belt", "skirt", "dress", "sock", "vest", "wallet")
MIN_SHARE = 1 / 30
"""Chance that a title denies a value that the product does not have."""


def generated(seed: int, size: int, character: Character = CHARACTERS["titles"]) -> LabelledCatalogue:
    rng = random.Random(seed)
    leaves = NOUNS[: character.leaves]
    attributes = {leaf: tuple(_attribute(name, values) for name, values in ATTRIBUTES.items()) for leaf in leaves}
    habits = {
        (leaf, brand, name): rng.choice(values)
        for leaf in leaves
        for brand in range(8)
        for name, values in ATTRIBUTES.items()
    }
    products = []
    for number in range(size):
        leaf, brand = rng.choice(leaves), rng.randrange(8)
        values = {
            name: habits[leaf, brand, name] if rng.random() < character.habit else rng.choice(listed)
            for name, listed in ATTRIBUTES.items()
        }
        title = [rng.choice(("New", "Classic", "Basic", "Premium", "Fashion")), leaf, f"N{number % 900}"]
        sentences = [rng.choice(("Our best seller.", "Ships in two days.", "A gift for every day."))]
        for name, value in values.items():
            word = _word(rng, value, character.region)
            if rng.random() < character.title:
                title.insert(rng.randrange(len(title) + 1), word)
            elif rng.random() < character.description:
                sentences.append(rng.choice((f"{name}: {word}.", f"It is {word}.", f"{name} {word}.")))
            elif rng.random() < MIN_SHARE:
                other = rng.choice([each for each in ATTRIBUTES[name] if each != value])
                title.append(rng.choice(("not", "without", "faux")) + " " + other.lower())
        rng.shuffle(sentences)
        body = {
            "title": " ".join(title),
            "description": " ".join(sentences),
            "brand": {"name": f"Brand{brand}"},
        }
        products.append(LabelledProduct(leaf, body, {name: frozenset({value}) for name, value in values.items()}))
    return LabelledCatalogue(tuple(products), attributes, character.region)


def _word(rng: random.Random, value: str, region: str) -> str:
    """The value as a seller writes it, sometimes in another form."""
    if region == "MX":
        return rng.choice(SPANISH[value])
    return rng.choice((value, value.lower(), f"{value.lower().removesuffix('s')}s"))


def _attribute(name: str, values: Sequence[str]) -> Attribute:
    options = tuple(AttributeValue(value, value) for value in values)
    return Attribute(name, name, "PRODUCT_PROPERTY", True, False, False, options)


def _leaf(row: dict[str, Any]) -> str:
    path = row.get("path")
    return str(row.get("category") or " > ".join(path[:2] if isinstance(path, list) else []))


def _pairs(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in row["attrs"].items()
        for value in (values if isinstance(values, list) else [values])
    ]
