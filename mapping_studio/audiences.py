"""Whom or what a category is for, as far as its path states it: women, babies, dogs, cars. Pure.

Taxonomies repeat the same names for each of them: `Women > Tops` is not like `Baby > Tops`, although the words are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mapping_studio.words import words_of

RUN = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")

PERSONS = {
    "women": "women woman ladies lady female womens womenswear damen frauen femme femmes mujer mujeres dama damas feminino feminina mulher mulheres "
    "donna donne wanita perempuan nữ レディース 婦人 ผู้หญิง สตรี",
    "men": "men man male gents mens menswear herren männer homme hommes hombre hombres caballero caballeros masculino masculina homem homens uomo "
    "uomini pria lelaki nam メンズ 紳士 ผู้ชาย",
    "girls": "girl girls mädchen fille filles niña niñas menina meninas bambina bambine ガールズ 女の子 เด็กหญิง",
    "boys": "boy boys jungen garçon garçons niño niños menino meninos bambino ボーイズ 男の子 เด็กชาย",
    "baby": "baby babies infant infants newborn toddler toddlers babys kleinkinder bébé bébés bebé bebés bebê bebês neonato neonati bayi sơ ベビー "
    "赤ちゃん ทารก",
    "kids": "kid kids child children childrens junior juniors kinder enfant enfants infantil crianças criança bambini anak kanak キッズ 子供 こども เด็ก",
}
"""Words for groups of persons; parts of words in Japanese and Thai, and beginnings of German compounds."""
INCLUDED = {
    "women": frozenset({"women"}),
    "men": frozenset({"men"}),
    "girls": frozenset({"girls", "kids"}),
    "boys": frozenset({"boys", "kids"}),
    "baby": frozenset({"baby"}),
    "kids": frozenset({"kids", "girls", "boys", "baby"}),
}
"""Groups for which products of a category for this group may be listed."""
SPECIAL = {
    "pets": "pet pets dog dogs cat cats puppy haustier haustiere hund hunde katze katzen chien chiens chat chats animaux mascota mascotas perro "
    "perros gato gatos cachorro cachorros cane cani gatto gatti hewan kucing anjing chó mèo ペット 犬 猫 สุนัข แมว",
    "vehicles": "car cars automotive automobile auto motorcycle motorcycles motorbike vehicle vehicles truck voiture voitures coche coches carro "
    "carros moto motos motorrad kfz mobil motor xe カー用品 自動車 バイク รถ",
    "religion": "islamic muslim islamique islámica musulmán muçulmano islamica muslimah hồi",
    "dolls": "doll dolls puppen poupée poupées muñeca muñecas boneca bonecas bambola bambole boneka 人形 ตุ๊กตา",
    "collections": "collectible collectibles memorabilia",
}
"""Other things that a category may be for; most paths concern none of them."""
COMPOUNDS = ("damen", "herren", "kinder", "baby", "mädchen", "jungen", "hunde", "katzen", "haustier", "motorrad")
"""Beginnings of German compounds: `Damenschuhe`."""
CONFLICTING, UNSTATED = 0.6, 0.8
"""Shares of a score that remain if the audiences exclude each other, and if only one path states a special one."""


@dataclass(frozen=True, slots=True)
class Audience:
    persons: frozenset[str] = frozenset()
    """The persons that the deepest step names: girls in `Kids > Girls`."""
    special: frozenset[str] = frozenset()


def audience_of(path: Sequence[str]) -> Audience:
    named = [_named(step) for step in path]
    persons = next((each.persons for each in reversed(named) if each.persons), frozenset[str]())
    return Audience(persons, frozenset[str]().union(*(each.special for each in named)))


@lru_cache(maxsize=10_000)
def fit(own: Audience, other: Audience) -> float:
    """The share of a category's score that remains for a path with another audience."""
    persons, theirs = own.persons, other.persons
    share = CONFLICTING if persons and theirs and _included(persons).isdisjoint(theirs) else 1.0
    differing = own.special ^ other.special
    if "pets" in differing and (persons or theirs):
        share = CONFLICTING
    return share * float(UNSTATED ** len(differing))


def unstated(own: Audience, other: Audience) -> frozenset[str]:
    """The audiences of a category that a path neither states nor excludes."""
    return (other.persons if not own.persons else frozenset()) | (other.special - own.special)


def is_person(word: str) -> bool:
    """Whether the word, as `words_of` returns it, only names persons."""
    return not _GROUPS.get(word, frozenset()).isdisjoint(PERSONS)


def _included(persons: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(INCLUDED[each] for each in persons))


@lru_cache(maxsize=100_000)
def _named(step: str) -> Audience:
    words = set(words_of(step))
    words |= {start for word in words for start in _COMPOUNDS if word.startswith(start) and len(word) > len(start) + 2}
    found = {group for word in words for group in _GROUPS.get(word, ())}
    if RUN.search(step):
        found |= {group for part, groups in _GROUPS.items() if RUN.match(part) and part in step for group in groups}
    return Audience(frozenset(found & PERSONS.keys()), frozenset(found & SPECIAL.keys()))


def _groups() -> dict[str, frozenset[str]]:
    """Word, as `words_of` returns it, or part of a word in Japanese and Thai -> groups."""
    found: dict[str, frozenset[str]] = {}
    for group, words in (*PERSONS.items(), *SPECIAL.items()):
        for word in words.split():
            for part in (word,) if RUN.match(word) else words_of(word):
                found[part] = found.get(part, frozenset()) | {group}
    return found


_GROUPS = _groups()
_COMPOUNDS = tuple(words_of(each)[0] for each in COMPOUNDS)
