"""Names of categories in other languages: the words of the demo's tree, one by one. Other words stay English."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

_LINES = {
    "en": (
        "Home Kitchen Fashion Beauty Storage Care Accessories Basics Outdoor Jars Boxes Brushes Covers Lamps Racks",
    ),
    "de": (
        "Haus Küche Mode Schönheit Aufbewahrung Pflege Zubehör Grundbedarf Draußen",
        "Gläser Kisten Bürsten Hüllen Lampen Regale",
    ),
    "pt": (
        "Casa Cozinha Moda Beleza Armazenamento Cuidados Acessórios Básicos Exterior",
        "Potes Caixas Escovas Capas Luminárias Prateleiras",
    ),
    "th": ("บ้าน ครัว แฟชั่น ความงาม ที่เก็บของ การดูแล อุปกรณ์เสริม พื้นฐาน กลางแจ้ง", "โหล กล่อง แปรง ผ้าคลุม โคมไฟ ชั้นวาง"),
}
_WORDS = {language: " ".join(lines).split() for language, lines in _LINES.items()}


@lru_cache(maxsize=20)
def translator(locale: str) -> Callable[[str], str]:
    """A function for names in the language of a locale such as `de-DE`; without a table they stay English.

    It remembers names, because every shop asks for whole trees.
    """
    english = _WORDS["en"]
    words = dict(zip(english, _WORDS.get(locale.partition("-")[0], english), strict=True))

    @lru_cache(maxsize=20_000)
    def translate(name: str) -> str:
        return " ".join(words.get(word, word) for word in name.split(" "))

    return translate
