"""Titles in which a value's word is denied, imitated, or about something else, and the plain statements beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Case:
    title: str
    attribute: Attribute
    region: str
    right: str | None
    """The value that the title states; None for a trap."""
    wrong: str = ""


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


def _attribute(name: str, values: tuple[str, ...]) -> Attribute:
    options = tuple(AttributeValue(value, value) for value in values)
    return Attribute(name, name, "PRODUCT_PROPERTY", True, False, False, options)
