"""Decides from the surrounding words whether a value is stated, denied, or about something else. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from proposals import cues
from proposals.attribute_index import AttributeIndex
from proposals.compounds import names_other_thing
from proposals.denial import is_denied, next_word
from proposals.expressions import is_in_expression
from proposals.lexicon import names_of_kind
from proposals.modifiers import (
    COLOUR_WORDS,
    COMPARED,
    COMPOUNDS_BEHIND,
    CONTAINERS,
    JOINING,
    KIND_CUES,
    LOOKS_BEFORE,
    LOOKS_BEHIND,
    NAMES_OF_PLANTS,
    OTHERS_BEHIND,
    PREPOSITIONS,
    PRINTS_BEFORE,
    PRINTS_BEHIND,
    SHAPED,
    SKIN,
    SKIN_WORDS,
    STATING,
    SUBSTANCES,
    TREATMENTS_BEFORE,
)
from proposals.things import is_essence_of, is_named_after, things_after, things_before
from proposals.words import Text, is_break, is_word

HEAD_FIRST = frozenset({"es", "pt", "fr", "it", "id", "ms", "vi"})
"""Languages in which a noun stands before what describes it."""
PURPOSE_REACH = 3
LISTING = frozenset("and y e et und ed dan và / &".split())
TASTES = frozenset({"flavour", "scent"})
OTHER_PARTS = {"skin": ("body", "hair"), "hair": ("body", "skin")}
"""Parts of the body, by kind of attribute: `sensitive teeth` are no type of skin."""
CARE_BEGINNINGS = ("reinigung", "pflege", "wasch", "polier")
"""Beginnings of German compounds for care products: `Reinigungstücher`."""
METALLIC = ("métalli", "metáli", "metalli")
"""After a colour, an adjective that describes it: `gris métallique`."""
CARE_REACH = 3
"""Distance in words within which a care product after a substance makes the substance the treated material."""
MACHINES = frozenset({"cooker", "maker", "machine", "steamer"})
"""After a food these may have a colour: `pink rice cooker`."""
WORN = frozenset({"watch", "strap", "bracelet", "wrist", "smartwatch"})
"""In a text with one of these, a band is part of the product."""
HEAD_REACH = 2
"""Maximum number of words before a care product that is the subject of its clause, as in `set de limpiador`."""


class Sense(Enum):
    STATED = "stated"
    DENIED = "denied"
    """The text denies the value."""
    OTHER = "other"
    """The words are about something else."""


def sense_of(text: Text, start: int, end: int, attribute: AttributeIndex, value: int) -> Sense:
    """The sense of the words `start` to `end` of `text` as a value of `attribute`."""
    if is_denied(text, start, end):
        return Sense.DENIED
    if is_modifier(text, start, end, attribute, value) or names_other_thing(text, start, end, attribute, value):
        return Sense.OTHER
    if attribute.kind in SUBSTANCES and value not in attribute.fabrics and _is_printed(text, start, end):
        return Sense.OTHER
    is_substance = attribute.kind in SUBSTANCES
    if (
        not attribute.takes_purposes
        and value not in attribute.persons
        and _is_purpose(text, start, end, is_substance=is_substance)
    ):
        return Sense.OTHER
    if end - start == 1 and is_in_expression(text, start):
        return Sense.OTHER
    return Sense.STATED


def is_modifier(text: Text, start: int, end: int, attribute: AttributeIndex, value: int) -> bool:
    """Whether the words only describe another thing, as `wood` in `wood grain` and `green` in `green tea`."""
    kind = attribute.kind
    words = text.words
    behind, before = next_word(words, end), words[start - 1] if start else ""
    after = words[behind] if behind is not None else ""
    if (after in OTHERS_BEHIND.get(kind, ()) and not _is_cared_for_part(text, kind, behind)) or (
        after in SHAPED and kind != "shape"
    ):
        return True
    if words[end : end + 1] == ("-",) and (after in COMPARED or (after.endswith("ed") and after not in STATING)):
        return True
    if kind in SUBSTANCES:
        if after in COMPOUNDS_BEHIND or _is_cared_for(text, start, end):
            return True
        if words[start].startswith(METALLIC) and before in cues.of_languages(names_of_kind("colour"), text.languages):
            return True
        first = _first_of_list(words, start)
        before = words[first - 1] if first else ""
        look = words[first - 2] if first > 1 and before in JOINING else before
        return (
            (
                after in LOOKS_BEHIND
                and (value in attribute.grown or after not in NAMES_OF_PLANTS)
                and not (after == "band" and not WORN.isdisjoint(words))
            )
            or look in cues.of_languages(LOOKS_BEFORE, text.languages)
            or _is_treated(text, start)
            or (not SKIN_WORDS.isdisjoint(words[start:end]) and (after in SKIN or before in SKIN))
        )
    if kind == "colour":
        is_machine = behind is not None and words[behind + 1 : behind + 2] and words[behind + 1] in MACHINES
        return (not is_machine and is_named_after(text, start, after, "food")) or is_essence_of(text, start, after, end)
    if kind in TASTES:
        return after in COLOUR_WORDS or is_named_after(text, start, after, "utensil")
    return any(is_named_after(text, start, after, other) for other in OTHER_PARTS.get(kind, ()))


def _is_cared_for_part(text: Text, kind: str, at: int | None) -> bool:
    """Whether a part of an animal is cared for: a `dog ear cleaner` is for dogs."""
    behind = text.words[at + 1] if at is not None and at + 1 < len(text.words) else ""
    return kind == "animal" and behind in cues.of_languages(things_after("care"), text.languages)


def _is_treated(text: Text, start: int) -> bool:
    """Whether something is done to the substance: `cleans leather`, `removes dirt from leather`."""
    words, reach = text.words, 2
    if start and words[start - 1] in ("from", "off"):
        start, reach = start - 1, 3
    treatments = cues.of_languages(TREATMENTS_BEFORE, text.languages)
    return any(word in treatments for word in words[max(0, start - reach) : start])


def _is_printed(text: Text, start: int, end: int) -> bool:
    words = text.words
    behind = next_word(words, end)
    at = start - 2 if start > 1 and words[start - 1] in JOINING else start - 1
    return (behind is not None and words[behind] in PRINTS_BEHIND) or (
        at >= 0 and words[at] in cues.of_languages(PRINTS_BEFORE, text.languages)
    )


def _is_cared_for(text: Text, start: int, end: int) -> bool:
    """Whether the substance names a care product: `suede leather spray`, `limpiador cuero`."""
    words = text.words
    start = _first_of_list(words, start)
    behind = cues.of_languages(things_after("care"), text.languages)
    for at in range(end, min(len(words), end + CARE_REACH)):
        if words[at].startswith(CARE_BEGINNINGS) and "de" in text.languages:
            return True
        if not is_word(words[at]) and words[at] != "-":
            break
        if words[at] in behind:
            return at + 1 >= len(words) or words[at + 1] not in CONTAINERS
        if words[at] in PREPOSITIONS:
            break
    if (
        (words[0] in behind or words[0].startswith(CARE_BEGINNINGS))
        and start < CARE_REACH
        and PREPOSITIONS.isdisjoint(words[:start])
    ):
        return True  # The head comes first in a list of keywords.
    before = cues.of_languages(things_before("care"), text.languages)
    at = next((at for at in range(start - 1, max(-1, start - 3), -1) if words[at] in before), -1)
    if at < 0 or not all(is_word(word) for word in words[at:start]) or not PREPOSITIONS.isdisjoint(words[at:start]):
        return False
    first = at
    while first and is_word(words[first - 1]):
        first -= 1
    return at - first <= HEAD_REACH


def _first_of_list(words: Sequence[str], at: int) -> int:
    """The first item of the list that ends here: `nettoyant vitres et verre`."""
    while at > 1 and words[at - 1] in LISTING and is_word(words[at - 2]):
        at -= 2
    return at


def _is_purpose(text: Text, start: int, end: int, *, is_substance: bool) -> bool:
    words, purposes = text.words, cues.of_languages(cues.PURPOSES, text.languages)
    behind = next_word(words, end)
    if is_substance and behind is not None and words[behind] in cues.TREATED_THINGS:
        return True
    persons = cues.of_languages(cues.PERSONS, text.languages)
    for at in range(start - 1, max(-1, start - 1 - PURPOSE_REACH), -1):
        if words[at] in persons:
            return False
        if words[at] in purposes:
            return True
        if at and words[at - 1] in cues.USED.get(words[at], ()):
            return True
        is_with = at > 0 and words[at - 1] in purposes
        if is_break(words[at]) or (words[at] in cues.REVERSALS and not is_with):
            return False
    return False


def is_head(text: Text, end: int, kinds: frozenset[str]) -> bool:
    """Whether a colour word at the beginning of a text is the thing itself: `café molido`."""
    return "flavour" in kinds and end < len(text.words) and not HEAD_FIRST.isdisjoint(text.languages)


def kind_hint(
    text: Text, start: int, end: int, attribute: AttributeIndex, kinds: frozenset[str], *, is_plain: bool = False
) -> int:
    """1 if a neighbour shows that an ambiguous word has the attribute's kind, -1 if it shows another kind, else 0.

    `is_plain` is a colour that names no food or plant.
    """
    words, kind = text.words, attribute.kind
    first, last = max(0, start - 2), min(len(words), end + 2)
    while first < start and any(is_break(word) for word in words[first:start]):
        first += 1
    while last > end and any(is_break(word) for word in words[end:last]):
        last -= 1
    before, behind = set(words[first:start]), set(words[end:last])
    if kind in SUBSTANCES and not HEAD_FIRST.isdisjoint(text.languages):
        behind -= KIND_CUES["colour"]  # In `seda color crema` the colour follows its label.
    near = (
        before | behind
    ) - attribute.label  # In `linen lamp shade` the shade is not a colour if it is what is asked.
    if "k" in near or any(word.isdigit() for word in near):
        near |= {f"{number}{unit}" for number in near if number.isdigit() for unit in ("k", "kt") if unit in near}
    if kind in KIND_CUES and near & KIND_CUES[kind]:
        return 1
    others = [name for name, known in KIND_CUES.items() if name != kind and near & known]
    return -1 if any(name in others for name in _rivals(kind, kinds, is_plain=is_plain)) else 0


def _rivals(kind: str, kinds: frozenset[str], *, is_plain: bool) -> frozenset[str]:
    """Kinds with which a word of this attribute may be confused."""
    if kind == "colour":
        tastes = set() if is_plain else {"flavour", "scent"}
        return frozenset(tastes | ({"metal"} if "metal" in kinds else set()))
    if kind in ("metal", "material"):
        return frozenset({"colour"})
    if kind == "flavour":
        return frozenset({"colour", "scent"})
    return frozenset({"colour", "flavour"}) if kind == "scent" else frozenset()
