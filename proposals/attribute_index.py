"""An index of all words that denote an allowed value of an attribute. Pure.

The words depend only on names, so leaves whose attribute has the same name and values share one index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from proposals import cues
from proposals.labels import PERSONS, kind_of_name, label_stems, takes_purposes
from proposals.lexicon import Concept, concepts_of, foreign_names
from proposals.quantities import Quantity, value_quantity
from proposals.words import RUN, Text, is_word, text_of

ABSENT_HEADS = frozenset("without no non not sin sem ohne kein keine sans pas senza tanpa không".split())
NONE_NAMES = frozenset("none no without nothing ninguno ninguna nenhum keine aucun aucune nessuno nessuna".split())
COUNTING = frozenset(
    "count quantity pieces pcs pack number units jumlah bilangan cantidad quantidade menge anzahl nombre número numero".split()
)
OF = frozenset("de di des der von per pro".split())
PLAIN_COLOURS = frozenset("black white red blue navy green yellow grey transparent multicolor".split())
FABRICS = frozenset(
    "cotton silk linen polyester wool viscose nylon chiffon satin velvet cashmere canvas fleece acrylic spandex lace mesh "
    "flannel microfiber denim corduroy".split()
)
WORKED = frozenset("wood leather glass paper wool cotton silk linen marble stone fur".split())
"""Substances on which tools are used."""
BORED = frozenset("ceramic metal plastic steel".split())
"""Further substances on which tools are used, although there are also tools of them."""
GROWN = frozenset("bamboo cotton rubber silk linen cork wood paper".split())
"""Substances that are also plants."""
STORED = frozenset("battery electric gas usb".split())
"""Sources of power for which there are accessories: `battery tester`."""
MAX_SHARED = 1_000
"""Maximum number of attribute indexes kept; one of 30 values takes about 50 kB."""


@dataclass(frozen=True, slots=True)
class Phrase:
    value: int
    stems: tuple[str, ...]
    is_part: bool = False
    """Whether the phrase is only one alternative of a value such as `Boys/Girls`."""
    is_synonym: bool = False
    """Whether the phrase is a synonym of the value from the lexicon."""
    kinds: frozenset[str] = frozenset()
    """Kinds of the concepts that such a name may mean: `vàng` is yellow and gold."""
    words: tuple[str, ...] = ()
    """The words as in the name."""
    wanted: frozenset[str] = frozenset()
    """The stems as a set."""

    def ends_with(self, ending: str) -> bool:
        return bool(self.words) and self.words[-1].endswith(ending)


@dataclass(slots=True)
class AttributeIndex:
    """The words of one attribute. Values are given by their position."""

    label: frozenset[str]
    kind: str
    """Kind of the values, such as `colour`; empty if unknown."""
    takes_purposes: bool
    """Whether `for X` states a value, as for a gender or an occasion."""
    counts: bool
    """Whether the attribute counts things, so that a number needs no unit."""
    counted: frozenset[str] = frozenset()
    """The stems of its name, if its values are bare numbers, which count what the name says."""
    quantities: list[tuple[Quantity, int]] = field(default_factory=list)
    kinds: dict[int, frozenset[str]] = field(default_factory=dict)
    """Value -> kinds of the concepts it may mean."""
    plain: frozenset[int] = frozenset()
    """Colours whose names are not also a food, plant or metal."""
    fabrics: frozenset[int] = frozenset()
    persons: frozenset[int] = frozenset()
    worked: frozenset[int] = frozenset()
    bored: frozenset[int] = frozenset()
    grown: frozenset[int] = frozenset()
    papers: frozenset[int] = frozenset()
    stored: frozenset[int] = frozenset()
    yes: int = -1
    no: int = -1
    """The values Yes and No, which are read from the attribute's own name."""
    first: dict[str, list[Phrase]] = field(default_factory=dict)
    """Phrases by each of their stems."""
    runs: list[tuple[str, int]] = field(default_factory=list)
    """Names without spaces between words, with their value; the longest first."""
    absent: dict[str, list[int]] = field(default_factory=dict)
    """Stem -> values that deny it, such as `No collar`."""
    parts: dict[str, list[int]] = field(default_factory=dict)
    """First part of a German compound -> values."""


@lru_cache(maxsize=MAX_SHARED)
def attribute_index(label: str, values: tuple[str, ...], languages: tuple[str, ...]) -> AttributeIndex:
    """Indexes an attribute by its name and the names of its values; `languages` are the market's."""
    name = _name(label, languages)
    names = [_name(value, languages) for value in values]
    concepts = [concepts_of(each) for each in names]
    kind = kind_of_name(name) or _commonest_kind(concepts)
    index = AttributeIndex(label_stems(name), kind, takes_purposes(name), bool(set(name.words) & COUNTING))
    for value, (each, own) in enumerate(zip(names, concepts, strict=True)):
        index.kinds[value] = frozenset(concept.kind for concept in own)
        if "answer" in index.kinds[value]:
            _add_answer(index, value, own)
            continue
        if (quantity := value_quantity(each.words, bool(languages))) is not None:
            index.quantities.append((quantity, value))
        _add_phrases(index, value, each, languages)
        for foreign in _foreign(own, kind, languages):
            _add_phrases(index, value, _name(foreign, languages), languages, is_synonym=True)
    index.persons = frozenset(value for value, kinds in index.kinds.items() if kinds & PERSONS)
    index.plain, index.fabrics = _named(concepts, PLAIN_COLOURS), _named(concepts, FABRICS)
    index.worked, index.stored = _named(concepts, WORKED), _named(concepts, STORED)
    index.bored, index.grown = _named(concepts, BORED), _named(concepts, GROWN)
    index.papers = _named(concepts, frozenset({"paper"}))
    if index.yes >= 0 and index.no >= 0:
        _add_phrases(index, index.yes, name, languages)
        _add_absent(index, index.no, tuple(word for word in name.stems if is_word(word)))
    if (index.counts or len(index.label) == 1) and any(each.dimension == "number" for each, _ in index.quantities):
        index.counted = index.label - COUNTING - OF
    index.runs.sort(key=lambda run: -len(run[0]))
    return index


def _named(concepts: Sequence[Sequence[Concept]], wanted: frozenset[str]) -> frozenset[int]:
    """The values with a concept whose English name is among `wanted`."""
    return frozenset(
        value for value, own in enumerate(concepts) if any(concept.names[0][1] in wanted for concept in own)
    )


def _add_answer(index: AttributeIndex, value: int, own: Sequence[Concept]) -> None:
    if "yes" in {word for concept in own for _, word in concept.names}:
        index.yes = value
    else:
        index.no = value


@lru_cache(maxsize=10_000)
def _name(name: str, languages: tuple[str, ...]) -> Text:
    """The words of a name. Cached, because attributes share most value names."""
    return text_of(name, languages)


def _add_phrases(
    index: AttributeIndex, value: int, name: Text, languages: tuple[str, ...], *, is_synonym: bool = False
) -> None:
    for part, is_part in _variants(name):
        stems = tuple(stem for stem in part.stems if is_word(stem))
        words = tuple(word for word in part.words if is_word(word))
        if not _can_be_searched(stems):
            continue
        if any(RUN.match(word) for word in words):
            index.runs.append(("".join(words), value))
            if all(RUN.match(word) for word in words):
                continue
        if len(words) == 1 and words[0] in NONE_NAMES:
            _add_absent(index, value, tuple(index.label))
            continue
        _add_absent(index, value, _denied(words, stems, languages))
        kinds = frozenset(each.kind for each in concepts_of(part)) if is_synonym else frozenset()
        phrase = Phrase(value, stems, is_part, is_synonym, kinds, words, frozenset(stems))
        for stem in dict.fromkeys(stems):
            known = index.first.setdefault(stem, [])
            if not any(each.value == value and each.stems == stems for each in known):
                known.append(phrase)
        if len(words) == 1 and len(words[0]) > 3 and words[0].isalpha():
            for key in {words[0], words[0].removesuffix("e")}:
                index.parts.setdefault(key, []).append(value)


def _can_be_searched(stems: Sequence[str]) -> bool:
    """Whether the words identify a value: not one letter, and not numbers alone, which may count or measure anything
    (quantities.py reads them with their unit or label).
    """
    if not stems or (len(stems) == 1 and len(stems[0]) < 2 and not RUN.match(stems[0])):
        return False
    return not all(stem[0].isdigit() for stem in stems)


def _denied(words: Sequence[str], stems: Sequence[str], languages: tuple[str, ...]) -> Sequence[str]:
    """The stems of what a name denies: `No collar`, `Sugar free`, `Sleeveless`."""
    if len(words) == 2 and words[0] in ABSENT_HEADS:
        return stems[1:]
    if len(words) == 2 and words[1] in cues.DENIALS_AFTER:
        return stems[:1]
    if len(words) == 1 and words[0].endswith("less") and len(words[0]) > 6:
        return _name(words[0][:-4], languages).stems
    return ()


def _add_absent(index: AttributeIndex, value: int, stems: Sequence[str]) -> None:
    for stem in stems:
        if value not in (known := index.absent.setdefault(stem, [])):
            known.append(value)


def _variants(name: Text) -> list[tuple[Text, bool]]:
    """The whole name, the name without brackets, the text in brackets, and alternatives separated by `/` or `or`."""
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
    """Synonyms of a value. An ambiguous word takes the attribute's kind, if that is known."""
    fitting = [concept for concept in concepts if concept.kind == kind] or [
        concept for concept in concepts if {kind, concept.kind} != {"colour", "metal"}
    ]
    return [name for concept in fitting for name in foreign_names(concept, languages)]


def _commonest_kind(concepts: Sequence[Sequence[Concept]]) -> str:
    counts: dict[str, int] = {}
    for own in concepts:
        for kind in {concept.kind for concept in own}:
            counts[kind] = counts.get(kind, 0) + 1
    kind, count = max(counts.items(), key=lambda each: each[1], default=("", 0))
    return kind if count * 2 >= min(len(concepts), 10) else ""
