"""Titles in which a value's word is denied, imitated, or about something else, and plain statements for comparison."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tiktok_shop.catalogue import Attribute, AttributeValue

MATERIALS = ("Cotton", "Leather", "Silk", "Wool", "Wood", "Rubber")
WORDS = {
    "en": MATERIALS,
    "es": ("algodón", "cuero", "seda", "lana", "madera", "caucho"),
    "pt": ("algodão", "couro", "seda", "lã", "madeira", "borracha"),
    "de": ("Baumwolle", "Leder", "Seide", "Wolle", "Holz", "Gummi"),
    "fr": ("coton", "cuir", "soie", "laine", "bois", "caoutchouc"),
    "it": ("cotone", "pelle", "seta", "lana", "legno", "gomma"),
    "id": ("katun", "kulit", "sutra", "wol", "kayu", "karet"),
}
TRAPS = {
    "en": (
        "bag without {}",
        "{}-free gloves",
        "faux {} jacket",
        "not {} scarf",
        "cleaner for {}",
        "{} look case",
        "no {} used",
    ),
    "es": ("bolso sin {}", "chaqueta de imitación {}", "limpiador para {}", "no es {}"),
    "pt": ("bolsa sem {}", "imitação de {}", "limpador para {}", "não {}"),
    "de": ("Tasche ohne {}", "kein {}", "Reiniger für {}", "{} Imitat Jacke"),
    "fr": ("sac sans {}", "imitation {}", "nettoyant pour {}", "pas de {}"),
    "it": ("borsa senza {}", "finta {} giacca", "detergente per {}", "non {}"),
    "id": ("tas tanpa {}", "bukan {}", "pembersih untuk {}", "{} imitasi"),
}
PLAIN = {
    "en": ("{} bag", "jacket made of {}"),
    "es": ("bolso de {}", "chaqueta en {}"),
    "pt": ("bolsa de {}", "jaqueta em {}"),
    "de": ("Tasche aus {}", "Jacke, {}"),
    "fr": ("sac en {}", "veste {}"),
    "it": ("borsa in {}", "giacca di {}"),
    "id": ("tas {}", "jaket bahan {}"),
}
REGIONS = {"en": "US", "es": "MX", "pt": "BR", "de": "DE", "fr": "FR", "it": "IT", "id": "ID"}
COLOURS = ("Gold", "Silver", "Orange", "Black")
OTHER_ATTRIBUTE = (
    "18k gold ring",
    "925 sterling silver chain",
    "orange flavor tea",
    "solid gold bar",
    "Black Friday offer",
)


BY_HAND = Path(__file__).with_suffix(".tsv")
"""Titles written by hand in eleven languages, most of them in the words of real listings."""
BY_ATTRIBUTE = BY_HAND.with_name("proposal_traps_by_attribute.tsv")
"""The same for attributes of electronics, furniture, beauty, food and other goods, most in the language of the market."""
COMPOUNDS = BY_HAND.with_name("proposal_traps_compounds.tsv")
"""Most of them compounds that name other things, such as `paper shredder`, in eleven languages."""
VALUES = {
    "Material": (
        *MATERIALS,
        "Plastic",
        "Glass",
        "Metal",
        "Polyester",
        "Bamboo",
        "Steel",
        "Linen",
        "Velvet",
        "Ceramic",
        "Paper",
        "Nylon",
        "Fleece",
        "Denim",
        "Cashmere",
        "Latex",
    ),
    "Color": (
        "Black",
        "White",
        "Red",
        "Blue",
        "Green",
        "Gold",
        "Silver",
        "Orange",
        "Pink",
        "Brown",
        "Rose",
        "Olive",
        "Yellow",
        "Violet",
        "Grey",
    ),
    "Flavor": (
        "Orange",
        "Chocolate",
        "Vanilla",
        "Strawberry",
        "Mint",
        "Unflavored",
        "Lemon",
        "Coffee",
        "Mango",
        "Coconut",
    ),
    "Season": ("Spring", "Summer", "Autumn", "Winter"),
    "Occasion": ("Wedding", "Party", "Casual", "Sports", "Office", "Beach"),
    "Gender": ("Men", "Women", "Unisex", "Boys", "Girls"),
    "Collar": ("Round Neck", "V-Neck", "Turtleneck", "Hooded"),
    "Sleeve Length": ("Long Sleeve", "Short Sleeve", "Sleeveless"),
    "Skin Type": ("Oily", "Dry", "Sensitive", "Normal"),
    "Stone": ("Diamond", "Ruby", "Pearl", "None"),
    "Diet": ("Vegan", "Gluten Free", "Sugar Free", "Organic"),
    "Scent": ("Rose", "Lavender", "Vanilla", "Unscented", "Coconut", "Mint"),
    "Pattern": ("Solid", "Striped", "Floral", "Animal Print", "Plaid", "Leopard", "Camouflage"),
    "Filling": ("Down", "Feather", "Polyester", "Memory Foam"),
    "Power Source": ("Battery", "Solar", "Electric", "Manual", "USB"),
    "Metal": ("Gold", "Silver", "Copper", "Titanium", "Nickel", "Alloy"),
    "Allergen": ("Nuts", "Milk", "Soy", "Gluten", "Eggs"),
    "Feature": ("Waterproof", "Wireless", "Foldable", "Rechargeable"),
    "Fit": ("Slim", "Loose", "Regular", "Oversized"),
    "Age Group": ("Baby", "Toddler", "Kids", "Teens", "Adult"),
    "Shape": ("Round", "Square", "Heart", "Oval", "Star"),
    "Finish": ("Matte", "Glossy", "Satin"),
    "Hair Type": ("Curly", "Straight", "Dry", "Oily"),
    "Closure": ("Zipper", "Button", "Velcro", "Lace-up"),
}


@dataclass(frozen=True, slots=True)
class Case:
    title: str
    attribute: Attribute
    region: str
    right: str | None
    """The value that the title states; None for a trap."""
    wrong: str = ""
    is_solved: bool = True


def cases() -> Iterator[Case]:
    material, colour = _attribute("Material", MATERIALS), _attribute("Color", COLOURS)
    for language, words in WORDS.items():
        for value, word in zip(MATERIALS, words, strict=True):
            for template in TRAPS[language]:
                yield Case(template.format(word), material, REGIONS[language], None, value)
            for template in PLAIN[language]:
                yield Case(template.format(word), material, REGIONS[language], value)
    for title in OTHER_ATTRIBUTE:
        wrong = next(value for value in COLOURS if value.lower() in title.lower())
        yield Case(title, colour, "US", None, wrong)


def cases_by_hand() -> Iterator[Case]:
    for line in BY_HAND.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, region, title, value = line.split("\t")
        yield _case(_attribute(name, VALUES[name]), region, title, value)


def cases_by_attribute(file: Path = BY_ATTRIBUTE) -> Iterator[Case]:
    asked: Attribute | None = None
    for line in file.read_text(encoding="utf-8").splitlines():
        first, second, third, *marks = line.split("\t") if not line.startswith("#") else ("#", "", "")
        if first == "=":
            asked = _attribute(second, tuple(third.split("|")))
        elif asked is not None and first != "#":
            yield replace(_case(asked, first, second, third), is_solved=not marks)


def compounds() -> Iterator[Case]:
    return cases_by_attribute(COMPOUNDS)


def _case(attribute: Attribute, region: str, title: str, value: str) -> Case:
    is_trap, value = value.startswith("-"), value.removeprefix("-")
    return Case(title, attribute, region, None if is_trap else value, value if is_trap else "")


def _attribute(name: str, values: tuple[str, ...]) -> Attribute:
    options = tuple(AttributeValue(value, value) for value in values)
    return Attribute(name, name, "PRODUCT_PROPERTY", True, False, False, options)
