"""Finds the allowed values that a product's texts state or deny. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile

from proposals.attribute_index import ABSENT_HEADS, AttributeIndex, Phrase
from proposals.compounds import german_tails
from proposals.context import TASTES, Sense, is_head, kind_hint, sense_of
from proposals.cues import IMITATIONS
from proposals.denial import is_absent
from proposals.expressions import begins_with_expression
from proposals.japanese_words import splits_word
from proposals.labels import label_stems, labels_match, may_end_label
from proposals.leaf_index import LeafIndex
from proposals.modifiers import SUBSTANCES
from proposals.passages import Passage, Source
from proposals.run_context import run_sense
from proposals.scan import SHORTEST_COMPOUND, Scan
from proposals.things import things_after
from proposals.words import Text, is_break, is_word

LABEL_REACH = 3
FITTING_LABEL = 0.5
"""A label may name half of the attribute before a number: `capacity: 4` for Tent Capacity."""
SHORTEST_NOUN = 3
"""Length from which a longer word may begin with the noun of an attribute: `seater`."""
DENIED_TAILS = (
    "frei",
    "los",
    "imitat",
    "optik",
    "look",
    "ersatz",
    "dekor",
    "effekt",
    "nachbildung",
    "muster",
    "motiv",
    "design",
    "struktur",
    "maserung",
    "ähnlich",
    "artig",
    "weich",
    "glatt",
    "zart",
)
OTHER_TAILS = (
    "pflege", "reinig", "politur", "farbe", "fett", "kleber", "spray", "matt", "glanz", "wasch", "seife", "imprägn",
    "schutz", "ofen", "öfen", "bohr", "trennscheibe", "schleif", "säge", "schraube", "leim", "beize", "lasur",
    "schneid", "schraub", "nagel", "detektor", "öl", "wachs", "lack", "samen", "kern", "pflanze",
)  # fmt: skip
"""Endings of German compounds for things used on the substance: `Lederpflege`."""
SHADE = re.compile(r"(grau|braun|schwarz|weiß|gelb|grün|blau|rot|beige|ton|töne)(e[mnrs]?)?")
"""Ends a German compound that is a colour: `lederbraun`."""
TASTE_TAIL = re.compile(r"(geschmack|aroma|note|duft)(s|en)?")
"""Ends a German compound that states a flavour or a scent: `Schokoladengeschmack`."""
OTHER_FORMS = ("ing", "ness")
"""Endings that make another word of a value: `fishing`, `redness`."""
NO_SHADES = ("brot", "schrot", "eiweiß", "eigelb")
"""Endings of German words that are not colours although they end with one."""
SHORTEST_HEAD = 4
STATED_FIRST = frozenset({"material", "metal", "season", "gender", "age", "animal", "power", "occasion", "stone"})
"""Kinds of values that German compounds state with their first part: `Hundebett`."""
OTHER_TAILS_OF = {
    "material": ("dish", "tool", "clean", "chemical"),
    "age": ("produce",),
    "animal": ("sauce", "ears"),
    "power": ("accessory",),
    "season": ("grown",),
    "stone": ("dish", "tool"),
}
"""Kinds of things that end a German compound about something else: `Marmorkuchen`."""
OTHER_KINDS = (
    "kunst", "imitat", "acryl", "plexi", "fern", "edel", "bern", "back", "wild", "velours", "stein", "stahl", "glas",
    "zahn", "süß", "watte", "eisen", "holz", "schein", "öko", "vegan",
)  # fmt: skip
"""Beginnings of German compounds that are no kind of their last part: `Zahnseide`, `Stahlwolle`."""
SHORTEST_SHADE = 3
"""Minimum length, in letters, of a colour and of the word before it in such a compound."""
UNMARKED_OTHER_LABEL = -0.3
"""Without a colon, the preceding words may also be a value: `short sleeve` before a pattern."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One place that states or denies a value."""

    attribute: int
    value: int
    source: Source
    words: str
    """The words as in the text."""
    sense: Sense
    start: int = 0
    end: int = 0
    """Words of the passage; for text without spaces, letters."""
    is_exact: bool = True
    """Whether all words of the value occur together and in order."""
    label: float = 0.0
    """How well a preceding label names the attribute: 1 for `Material: cotton`, -1 for another attribute's."""
    hint: int = 0
    """Whether neighbours show the attribute's kind (1) or another one (-1)."""
    is_part: bool = False
    is_synonym: bool = False
    common_letters: int = 0
    """Length of the common prefix of the words and the value's name: `niños` is more like `niño` than like `niña`,
    although all have one stem."""
    is_contested: bool = False
    """Whether the same words are a value of another attribute with another kind."""


def read(index: LeafIndex, passages: Iterable[Passage], wanted: Collection[int] | None = None) -> list[Reading]:
    """All readings of the `wanted` attributes, by position, except those explained by a longer value."""
    chosen = range(len(index.attributes)) if wanted is None else wanted
    others = [at for at in range(len(index.attributes)) if at not in chosen]
    found: list[Reading] = []
    for passage in passages:
        scan = Scan(passage.text, index.languages)
        own = _longest([each for at in chosen for each in _attribute(index, passage, scan, at)])
        if own:
            rivals = _longest([each for at in others for each in _attribute(index, passage, scan, at, is_rival=True)])
            found += _contested(index, own, rivals)
    return found


def _attribute(index: LeafIndex, passage: Passage, scan: Scan, at: int, *, is_rival: bool = False) -> Iterator[Reading]:
    """A rival is read without its context: only the positions of its values matter, and the context costs most."""
    words = index.attributes[at].words
    yield from _words(index, passage, scan, at, words, is_rival=is_rival)
    if words.absent:
        yield from _absent(passage, scan, at, words)
    if words.parts and scan.compounds:
        yield from _compounds(index, passage, scan, at, words)
    if words.quantities:
        yield from _quantities(index, passage, scan, at, words)
    if words.runs and scan.runs:
        yield from _runs(index, passage, scan, at, words)


def _words(
    index: LeafIndex, passage: Passage, scan: Scan, attribute: int, words: AttributeIndex, *, is_rival: bool
) -> Iterator[Reading]:
    stems = passage.text.stems
    for stem in scan.places.keys() & words.first.keys():
        for at in scan.places[stem]:
            for phrase in words.first[stem]:
                if len(phrase.stems) > 1 and not scan.places.keys() >= phrase.wanted:
                    continue
                if (end := _end(phrase.stems, stems, at)) is not None:
                    found = _reading(index, passage, attribute, phrase, at, end, is_rival=is_rival)
                    if found.is_exact or phrase.stems[0] not in ABSENT_HEADS:
                        yield found
    for key in scan.pairs.keys() & words.first.keys():
        for at, end in scan.pairs[key]:
            for phrase in words.first[key]:
                if len(phrase.stems) == 1:
                    yield _reading(index, passage, attribute, phrase, at, end, is_rival=is_rival)


def _absent(passage: Passage, scan: Scan, attribute: int, words: AttributeIndex) -> Iterator[Reading]:
    text, source = passage.text, passage.source
    for stem in scan.places.keys() & words.absent.keys():
        for at in scan.places[stem]:
            if is_absent(text, at):
                for value in words.absent[stem]:
                    near = " ".join(text.words[max(0, at - 1) : at + 2])
                    yield Reading(attribute, value, source, near, Sense.STATED, at, at + 2)
    for at, stem in scan.less:
        for value in words.absent.get(stem, ()):
            yield Reading(attribute, value, source, text.words[at], Sense.STATED, at, at + 1)


def _end(wanted: tuple[str, ...], stems: tuple[str, ...], at: int) -> int | None:
    """The end of the phrase if it begins at `at`; its words may be reordered, with one other word between."""
    if len(wanted) == 1:
        return at + 1
    rest, place, gaps = list(wanted), at, 0
    while rest and place < len(stems) and gaps <= 1:
        if stems[place] in rest:
            rest.remove(stems[place])
        elif is_break(stems[place]):
            return None
        elif is_word(stems[place]):
            gaps += 1
        place += 1
    return None if rest else place


def _reading(
    index: LeafIndex, passage: Passage, at: int, phrase: Phrase, start: int, end: int, *, is_rival: bool
) -> Reading:
    text, attribute = passage.text, index.attributes[at].words
    is_exact = end - start == 1 or tuple(stem for stem in text.stems[start:end] if is_word(stem)) == phrase.stems
    if is_rival:
        return Reading(at, phrase.value, passage.source, "", Sense.STATED, start, end, is_exact)
    kinds = attribute.kinds.get(phrase.value, frozenset()) | phrase.kinds
    sense = sense_of(text, start, end, attribute, phrase.value)
    if attribute.kind == "colour" and start == 0 and is_head(text, end, phrase.kinds):
        sense = Sense.OTHER
    if end - start == 1 and any(text.words[start].endswith(each) for each in OTHER_FORMS if not phrase.ends_with(each)):
        sense = Sense.OTHER
    label = _label(index, passage, at, start)
    if sense is Sense.OTHER and label == 1:
        sense = Sense.STATED
    return Reading(
        at,
        phrase.value,
        passage.source,
        " ".join(text.words[start:end]),
        sense,
        start,
        end,
        is_exact,
        label,
        kind_hint(text, start, end, attribute, kinds, is_plain=phrase.value in attribute.plain),
        phrase.is_part,
        phrase.is_synonym,
        _common_letters(" ".join(text.words[start:end]), " ".join(phrase.words)),
    )


def _common_letters(one: str, other: str) -> int:
    """Length of the common prefix."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _label(index: LeafIndex, passage: Passage, attribute: int, start: int) -> float:
    """1 if the attribute's own label precedes the value, -1 if another attribute's does, else 0."""
    own = index.attributes[attribute].label
    if passage.label:
        match = labels_match(own, passage.label)
        return match if match else -1.0
    text = passage.text
    before = range(start - 1, max(-1, start - 1 - LABEL_REACH), -1)
    colon = next((at for at in before if text.words[at] in (":", "=")), None)
    if colon is not None:
        first = colon
        while first and is_word(text.words[first - 1]) and colon - first < LABEL_REACH:
            first -= 1
        label = label_stems(Text(text.words[first:colon], text.stems[first:colon]))
        match = labels_match(own, label)
        if match:
            return match
        return -1.0 if any(labels_match(each.label, label) >= 0.5 for each in index.attributes) else -0.3
    if not start or passage.source != "description":
        return 0.0
    if not may_end_label(text.words[start - 1], text.stems[start - 1], index.label_stems):
        return 0.0
    for size in (3, 2, 1):
        if start >= size and all(is_word(word) for word in text.words[start - size : start]):
            label = label_stems(Text(text.words[start - size : start], text.stems[start - size : start]))
            if label == own:
                return 1.0
            if any(label == each.label for each in index.attributes):
                return UNMARKED_OTHER_LABEL
    return 0.0


def _compounds(
    index: LeafIndex, passage: Passage, scan: Scan, attribute: int, words: AttributeIndex
) -> Iterator[Reading]:
    """German compounds: `Baumwollhemd` is made of cotton, `bleifrei` has no lead, `Kunstleder` is not leather."""
    for at in scan.compounds:
        word, stem = passage.text.words[at], passage.text.stems[at]
        if any(stem in each.words.first for each in index.attributes):
            continue
        if words.kind == "colour":
            yield from _shades(passage, attribute, at, words)
            continue
        parts = [word[:size] for size in range(len(word) - 2, SHORTEST_COMPOUND - 1, -1) if word[:size] in words.parts]
        tails = tuple(tail for part in parts for tail in (word[len(part) :], word[len(part) :].lstrip("-ns")))
        denied = any(tail.startswith(DENIED_TAILS) for tail in tails)
        other = begins_with_expression(word) or any(
            tail.startswith(OTHER_TAILS) or SHADE.fullmatch(tail) or tail in _other_tails(words.kind) for tail in tails
        )
        other = other or (words.kind in SUBSTANCES and word.endswith(german_tails("unmade")))
        is_taste = words.kind in TASTES and any(TASTE_TAIL.fullmatch(tail) for tail in tails)
        for value in words.parts[parts[0]] if parts else ():
            stated = sense_of(passage.text, at, at + 1, words, value)
            if value in words.papers and word.endswith(german_tails("accessory")):
                other = True
            sense = Sense.DENIED if denied else Sense.OTHER if other else stated
            if denied or is_taste or words.kind in STATED_FIRST:
                yield Reading(attribute, value, passage.source, word, sense, at, at + 1, is_exact=False)
        if words.kind in SUBSTANCES and not parts:
            yield from _kinds_of(passage, attribute, at, words)
        for prefix in IMITATIONS.words["de"] & {"kunst", "imitat"}:
            if word.startswith(prefix):
                for value in words.parts.get(word.removeprefix(prefix), ()):
                    yield Reading(attribute, value, passage.source, word, Sense.DENIED, at, at + 1)


@cache
def _other_tails(kind: str) -> frozenset[str]:
    return frozenset().union(*(things_after(each).words["de"] for each in OTHER_TAILS_OF.get(kind, ())))


def _kinds_of(passage: Passage, attribute: int, at: int, words: AttributeIndex) -> Iterator[Reading]:
    """German compounds end with the substance of which they name a kind: `Merinowolle`."""
    word = passage.text.words[at]
    for size in range(SHORTEST_HEAD, len(word) - SHORTEST_SHADE + 1):
        if not word[:-size].startswith(OTHER_KINDS):
            for value in words.parts.get(word[-size:], ()):
                sense = sense_of(passage.text, at, at + 1, words, value)
                yield Reading(attribute, value, passage.source, word, sense, at, at + 1, is_exact=False)


def _shades(passage: Passage, attribute: int, at: int, words: AttributeIndex) -> Iterator[Reading]:
    """German shades end with the colour: `weinrot`."""
    word = passage.text.words[at]
    if word.endswith(NO_SHADES):
        return
    for size in range(SHORTEST_SHADE, len(word) - SHORTEST_SHADE + 1):
        for value in words.parts.get(word[-size:], ()):
            sense = sense_of(passage.text, at, at + 1, words, value)
            yield Reading(attribute, value, passage.source, word, sense, at, at + 1, is_exact=False)


def _quantities(
    index: LeafIndex, passage: Passage, scan: Scan, attribute: int, words: AttributeIndex
) -> Iterator[Reading]:
    for quantity in scan.quantities:
        label = _label(index, passage, attribute, quantity.start)
        if quantity.dimension == "number":
            if _names_what_is_counted(passage.text, quantity.end, words):
                label = 1.0
            if not (label >= FITTING_LABEL or (words.counts and passage.label)):
                continue
        for listed, value in words.quantities:
            dimensions, same = {listed.dimension, quantity.dimension}, listed.low == quantity.low
            counted = words.counts and dimensions == {"number", "count"}
            if listed.holds(quantity) or (same and (counted or (label >= FITTING_LABEL and "number" in dimensions))):
                near = " ".join(passage.text.words[quantity.start : quantity.end])
                exact = listed.low == listed.high
                yield Reading(
                    attribute, value, passage.source, near, Sense.STATED, quantity.start, quantity.end, exact, label
                )


def _names_what_is_counted(text: Text, at: int, words: AttributeIndex) -> bool:
    """Whether the attribute's own noun follows a number: `3-seater` for Number of Seats."""
    if at >= len(text.words):
        return False
    stem = text.stems[at]
    return any(stem == noun or (len(noun) > SHORTEST_NOUN and stem.startswith(noun)) for noun in words.counted)


def _runs(index: LeafIndex, passage: Passage, scan: Scan, attribute: int, words: AttributeIndex) -> Iterator[Reading]:
    """Values in text without spaces. A run of katakana is one word, so part of it is not a value."""
    text = passage.text.words
    for at in scan.runs:
        word = text[at]
        after = text[at + 1] if at + 1 < len(text) else ""
        taken = [False] * len(word)
        for name, value in words.runs:
            place = word.find(name)
            while place >= 0:
                end = place + len(name)
                if not all(taken[place:end]) and not splits_word(word, place, end, words.kind):
                    taken[place:end] = [True] * len(name)
                    sense = run_sense(word, place, end, words, value, after)
                    label = _label(index, passage, attribute, at)
                    exact = len(name) > 1 or label == 1
                    base = 1000 * at
                    yield Reading(attribute, value, passage.source, name, sense, base + place, base + end, exact, label)
                place = word.find(name, end)


def _longest(readings: list[Reading]) -> list[Reading]:
    """Drops readings within a longer one of the same attribute: `gold` in `rose gold`."""
    by_attribute: dict[int, list[Reading]] = {}
    for each in readings:
        by_attribute.setdefault(each.attribute, []).append(each)
    kept = []
    for own in by_attribute.values():
        for each in own:
            if not any(
                other is not each
                and other.start <= each.start
                and each.end <= other.end
                and (other.is_exact or not each.is_exact)
                and (
                    other.end - other.start > each.end - each.start
                    or (other.value != each.value and _rank(other) > _rank(each))
                )
                and (other.sense is not Sense.OTHER or other.value == each.value)
                for other in own
            ):
                kept.append(each)
    return kept


def _rank(reading: Reading) -> tuple[bool, bool, bool, int]:
    """Chooses between two values stated by the same words: the one with that name."""
    return (reading.is_exact, not reading.is_synonym, not reading.is_part, reading.common_letters)


def _contested(index: LeafIndex, own: list[Reading], rivals: list[Reading]) -> list[Reading]:
    """`own`; words that are values of attributes of two kinds are marked, unless a label or a neighbour decides."""
    places: dict[tuple[int, int], set[int]] = {}
    for each in (*own, *rivals):
        places.setdefault((each.start, each.end), set()).add(each.attribute)
    return [
        replace(each, is_contested=True)
        if each.label <= 0 and each.hint <= 0 and _has_other_kind(index, each.attribute, places[(each.start, each.end)])
        else each
        for each in own
    ]


def _has_other_kind(index: LeafIndex, attribute: int, rivals: Collection[int]) -> bool:
    kind = index.attributes[attribute].words.kind
    others = {index.attributes[at].words.kind for at in rivals if at != attribute}
    return bool(kind) and any(other and other != kind for other in others)
