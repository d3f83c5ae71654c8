"""An index of all words that stand for an allowed value of a leaf, so that each text is scanned once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from proposals import cues
from proposals.labels import PERSONS, kind_of_name, label_stems, takes_purposes
from proposals.lexicon import Concept, concepts_of, foreign_names
from proposals.quantities import Quantity, value_quantity
from proposals.words import RUN, Text, is_word, text_of
from tiktok_shop.catalogue import Attribute

ABSENT_HEADS = frozenset("without no non not sin sem ohne kein keine sans pas senza tanpa không".split())
MOST_VALUES = 2_000
"""Values of one attribute that are indexed; longer lists, such as of brands, are cut."""
NONE_NAMES = frozenset("none no without nothing ninguno ninguna nenhum keine aucun aucune nessuno nessuna".split())
COUNTING = frozenset("count quantity pieces pcs pack number units jumlah cantidad quantidade menge anzahl".split())


@dataclass(frozen=True, slots=True)
class Phrase:
    attribute: int
    value: int
    stems: tuple[str, ...]
    is_part: bool = False
    """Whether it is only one alternative of a value such as `Boys/Girls`."""
    is_synonym: bool = False
    """Whether it is another name of the value from the lexicon."""


@dataclass(slots=True)
class IndexedAttribute:
    attribute: Attribute
    label: frozenset[str]
    kind: str
    """Such as `colour`; empty if unknown."""
    takes_purposes: bool
    """Whether `for X` states a value, as for a gender or an occasion."""
    quantities: list[tuple[Quantity, int]] = field(default_factory=list)
    kinds: dict[int, frozenset[str]] = field(default_factory=dict)
    """Value -> kinds of the concepts it may mean."""
    persons: frozenset[int] = frozenset()
    counts: bool = False
    """Whether the attribute counts things, so that a number needs no unit."""
    yes: int = -1
    no: int = -1
    """The values Yes and No, which the attribute's own name answers."""


@dataclass(slots=True)
class LeafIndex:
    """The enumerated attributes of one leaf. Built once per leaf and market, used for many products."""

    languages: tuple[str, ...]
    attributes: list[IndexedAttribute] = field(default_factory=list)
    first: dict[str, list[Phrase]] = field(default_factory=dict)
    """Phrases by each of their stems."""
    runs: list[tuple[str, int, int]] = field(default_factory=list)
    """Names without spaces between words, with attribute and value; the longest first."""
    absent: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Stem -> attributes and values that deny it, such as `No collar`."""
    parts: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """First part of a German compound -> attribute and value."""


def leaf_index(attributes: Iterable[Attribute], languages: tuple[str, ...] = ()) -> LeafIndex:
    """Indexes the enumerated product attributes among `attributes`; `languages` are those of the market."""
    index = LeafIndex(languages)
    for attribute in attributes:
        if attribute.type == "PRODUCT_PROPERTY" and attribute.values:
            _add(index, attribute)
    index.runs.sort(key=lambda run: -len(run[0]))
    return index


@lru_cache(maxsize=10_000)
def _name(name: str, languages: tuple[str, ...]) -> Text:
    """The words of a name. Leaves share most names of attributes and values."""
    return text_of(name, languages)


def _add(index: LeafIndex, attribute: Attribute) -> None:
    at = len(index.attributes)
    label = _name(attribute.name, index.languages)
    names = [_name(value.name, index.languages) for value in attribute.values[:MOST_VALUES]]
    concepts = [concepts_of(name) for name in names]
    kind = kind_of_name(label) or _commonest_kind(concepts)
    indexed = IndexedAttribute(attribute, label_stems(label), kind, takes_purposes(label))
    indexed.counts = bool(set(label.words) & COUNTING)
    index.attributes.append(indexed)
    persons = set()
    for value, (name, own) in enumerate(zip(names, concepts, strict=True)):
        indexed.kinds[value] = frozenset(concept.kind for concept in own)
        if any(concept.kind in PERSONS for concept in own):
            persons.add(value)
        if any(concept.kind == "answer" for concept in own):
            if "yes" in {word for concept in own for _, word in concept.names}:
                indexed.yes = value
            else:
                indexed.no = value
            continue
        if (quantity := value_quantity(name.words, bool(index.languages))) is not None:
            indexed.quantities.append((quantity, value))
        _add_phrases(index, at, value, name)
        for foreign in _foreign(own, kind, index.languages):
            _add_phrases(index, at, value, _name(foreign, index.languages), is_synonym=True)
    indexed.persons = frozenset(persons)
    if indexed.yes >= 0 and indexed.no >= 0:
        _add_phrases(index, at, indexed.yes, label)
        _add_absent(index, at, indexed.no, tuple(word for word in label.stems if is_word(word)))


def _add_phrases(index: LeafIndex, at: int, value: int, name: Text, *, is_synonym: bool = False) -> None:
    for part, is_part in _variants(name):
        stems = tuple(stem for stem in part.stems if is_word(stem))
        words = tuple(word for word in part.words if is_word(word))
        if not stems or (len(stems) == 1 and len(stems[0]) < 2 and not RUN.match(stems[0])):
            continue
        if all(stem[0].isdigit() for stem in stems):
            continue  # A number alone may count or measure anything; quantities.py reads it with its unit or label.
        if any(RUN.match(word) for word in words):
            index.runs.append(("".join(words), at, value))
            if all(RUN.match(word) for word in words):
                continue
        if len(words) == 2 and words[0] in ABSENT_HEADS:
            _add_absent(index, at, value, stems[1:])
        elif len(words) == 2 and words[1] in cues.DENIALS_BEHIND:
            _add_absent(index, at, value, stems[:1])
        elif len(words) == 1 and words[0].endswith("less") and len(words[0]) > 6:
            _add_absent(index, at, value, _name(words[0][:-4], index.languages).stems)
        elif len(words) == 1 and words[0] in NONE_NAMES:
            _add_absent(index, at, value, tuple(index.attributes[at].label))
            continue
        phrase = Phrase(at, value, stems, is_part, is_synonym)
        for stem in dict.fromkeys(stems):
            known = index.first.setdefault(stem, [])
            if not any(each.attribute == at and each.value == value and each.stems == stems for each in known):
                known.append(phrase)
        if len(words) == 1 and len(words[0]) > 3 and words[0].isalpha():
            for key in {words[0], words[0].removesuffix("e")}:
                index.parts.setdefault(key, []).append((at, value))


def _add_absent(index: LeafIndex, at: int, value: int, stems: Sequence[str]) -> None:
    for stem in stems:
        if (at, value) not in (known := index.absent.setdefault(stem, [])):
            known.append((at, value))


def _variants(name: Text) -> list[tuple[Text, bool]]:
    """The whole name, the name without brackets, what is in brackets, and alternatives divided by `/` or `or`."""
    found = [(name, False)]
    words, stems = name.words, name.stems
    if "(" in words and ")" in words[words.index("(") :]:
        start = words.index("(")
        end = words.index(")", start)
        outer = Text((*words[:start], *words[end + 1 :]), (*stems[:start], *stems[end + 1 :]), name.languages)
        inner = Text(words[start + 1 : end], stems[start + 1 : end], name.languages)
        found += [(outer, False)] + ([(inner, False)] if len("".join(inner.words)) > 1 else [])
        name, words, stems = outer, outer.words, outer.stems
    marks = [at for at, word in enumerate(words) if word in ("/", "or", ",", "|", "&")]
    if marks and not any(word[0].isdigit() for word in words):
        edges = [-1, *marks, len(words)]
        for start, end in pairwise(edges):
            if end - start > 1:
                found.append((Text(words[start + 1 : end], stems[start + 1 : end], name.languages), True))
    return found


def _foreign(concepts: Sequence[Concept], kind: str, languages: Sequence[str]) -> list[str]:
    """Other names of a value. A word with several meanings has the one of the attribute, if that is known."""
    fitting = [concept for concept in concepts if concept.kind == kind] or list(concepts)
    return [name for concept in fitting for name in foreign_names(concept, languages)]


def _commonest_kind(concepts: Sequence[Sequence[Concept]]) -> str:
    counts: dict[str, int] = {}
    for own in concepts:
        for kind in {concept.kind for concept in own}:
            counts[kind] = counts.get(kind, 0) + 1
    kind, count = max(counts.items(), key=lambda each: each[1], default=("", 0))
    return kind if count * 2 >= min(len(concepts), 10) else ""
