"""Decides what the words around a value say about it: stated, denied, or about something else. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from proposals import cues
from proposals.attribute_index import AttributeIndex
from proposals.modifiers import (
    COLOUR_WORDS,
    DRINKS_AND_FOOD,
    LOOKS_BEFORE,
    LOOKS_BEHIND,
    NEW_STATEMENTS,
    RUN_FOOD_BEFORE,
    RUN_FOOD_BEHIND,
    RUN_LOOKS_BEFORE,
    RUN_LOOKS_BEHIND,
    RUN_TREATMENTS_BEFORE,
    SKIN,
    SKIN_WORDS,
    SUBSTANCES,
    TREATMENTS_BEFORE,
)
from proposals.words import Text, is_break, is_word

REACH = 4
"""Words that a negation reaches."""
PURPOSE_REACH = 3
PREFIXES = frozenset("non anti frei libre livre isi".split())
"""Negations of the next word alone; in Italian `non` negates a verb."""
JOINED = frozenset("is are t be being available man - ist sind est es é è".split())
"""Before `made` or `in` these continue a negation: `is not available in`, `man-made`."""


class Sense(Enum):
    STATED = "stated"
    DENIED = "denied"
    """The text says that the value does not apply."""
    OTHER = "other"
    """The words are about something else and do not concern the value."""


def sense_of(text: Text, start: int, end: int, attribute: AttributeIndex, value: int) -> Sense:
    """The sense of the words `start` to `end` of `text` as a value of `attribute`."""
    words = text.words
    if is_denied(text, start, end):
        return Sense.DENIED
    if is_modifier(text, start, end, attribute.kind):
        return Sense.OTHER
    is_substance = attribute.kind in SUBSTANCES
    if (
        not attribute.takes_purposes
        and value not in attribute.persons
        and _is_purpose(text, start, end, is_substance=is_substance)
    ):
        return Sense.OTHER
    if end - start == 1 and _is_idiom(words, start):
        return Sense.OTHER
    return Sense.STATED


def is_denied(text: Text, start: int, end: int) -> bool:
    words, negations = text.words, cues.of_languages(cues.NEGATIONS, text.languages)
    imitations = cues.of_languages(cues.IMITATIONS, text.languages)
    if start and (
        words[start - 1] in imitations or (words[start - 1] == "-" and start > 1 and words[start - 2] in imitations)
    ):
        return True
    behind = _next(words, end)
    if behind is not None and words[behind] in (cues.DENIALS_BEHIND | cues.IMITATIONS_BEHIND):
        return words[behind] not in ("print", "printed", "style") or bool(words[end : end + 1] == ("-",))
    return _is_negated(text, start, negations)


def is_absent(text: Text, at: int) -> bool:
    """Whether the text says directly that this thing is not there: `without collar`, `sugar free`."""
    words, negations = text.words, cues.of_languages(cues.NEGATIONS, text.languages)
    behind = _next(words, at + 1)
    before = words[at - 1] if at else ""
    if before == "-" and at > 1:
        before = words[at - 2]
    is_denied_behind = behind is not None and words[behind] in cues.DENIALS_BEHIND
    return (before in negations) is not is_denied_behind


def _is_negated(text: Text, start: int, negations: frozenset[str]) -> bool:
    """Looks back to the beginning of the clause. A comma ends the reach unless the list goes on with `or`."""
    words, reach = text.words, 0
    prefixes = PREFIXES - {"non"} if "it" in text.languages else PREFIXES
    for at in range(start - 1, -1, -1):
        word = words[at]
        if is_break(word) or word in cues.REVERSALS:
            return False
        phrases = cues.PHRASES_BY_FIRST.get(word)
        if phrases and any(tuple(words[at : at + len(phrase)]) == phrase for phrase in phrases):
            return reach <= REACH
        if word in negations and not (word == "no" and at + 1 < len(words) and words[at + 1] in (".", ":")):
            is_prefix = word in prefixes or words[at + 1 : at + 2] == ("-",)
            return reach <= (0 if is_prefix and reach else REACH)
        if word in NEW_STATEMENTS and at and words[at - 1] not in negations and words[at - 1] not in JOINED:
            return False
        if word == "," and not _goes_on(words, start):
            return False
        reach += is_word(word) and word not in cues.SPREADERS
        if reach > REACH:
            return False
    return False


def _goes_on(words: Sequence[str], start: int) -> bool:
    """Whether the words before are a list that a negation may govern: `no zip, button or collar`."""
    return start > 0 and words[start - 1] in cues.SPREADERS and words[start - 1] != ","


def is_modifier(text: Text, start: int, end: int, kind: str) -> bool:
    """Whether the words only describe another thing, as `wood` in `wood grain` and `green` in `green tea`."""
    words = text.words
    behind, before = _next(words, end), words[start - 1] if start else ""
    after = words[behind] if behind is not None else ""
    if kind in SUBSTANCES:
        return (
            after in LOOKS_BEHIND
            or before in cues.of_languages(LOOKS_BEFORE, text.languages)
            or any(
                word in cues.of_languages(TREATMENTS_BEFORE, text.languages)
                for word in words[max(0, start - 2) : start]
            )
            or (not SKIN_WORDS.isdisjoint(words[start:end]) and (after in SKIN or before in SKIN))
        )
    if kind == "colour":
        food = cues.of_languages(DRINKS_AND_FOOD, text.languages)
        return after in food or before in food
    return kind in ("flavour", "scent") and after in COLOUR_WORDS


def _is_purpose(text: Text, start: int, end: int, *, is_substance: bool) -> bool:
    words, purposes = text.words, cues.of_languages(cues.PURPOSES, text.languages)
    behind = _next(words, end)
    if is_substance and behind is not None and words[behind] in cues.TREATED_THINGS:
        return True
    for at in range(start - 1, max(-1, start - 1 - PURPOSE_REACH), -1):
        if words[at] in purposes:
            return True
        is_with = at > 0 and words[at - 1] in purposes
        if is_break(words[at]) or (words[at] in cues.REVERSALS and not is_with):
            return False
    return False


def _is_idiom(words: Sequence[str], at: int) -> bool:
    return tuple(words[at : at + 2]) in cues.IDIOMS or (at > 0 and tuple(words[at - 1 : at + 1]) in cues.IDIOMS)


def kind_hint(text: Text, start: int, end: int, kind: str, kinds: frozenset[str]) -> int:
    """1 if a neighbour shows that an ambiguous word has the attribute's kind, -1 if it shows another kind, else 0."""
    words = text.words
    near = {*words[max(0, start - 2) : start], *words[end : end + 2]}
    if "k" in near or any(word.isdigit() for word in near):
        near |= {f"{number}{unit}" for number in near if number.isdigit() for unit in ("k", "kt") if unit in near}
    if kind in cues.KIND_CUES and near & cues.KIND_CUES[kind]:
        return 1
    others = [name for name, known in cues.KIND_CUES.items() if name != kind and near & known]
    return -1 if any(name in others for name in _rivals(kind, kinds)) else 0


def _rivals(kind: str, kinds: frozenset[str]) -> frozenset[str]:
    """Kinds that a word of this attribute is mistaken for."""
    if kind == "colour":
        return frozenset({"flavour", "scent"} | ({"metal"} if "metal" in kinds else set()))
    if kind in ("metal", "material"):
        return frozenset({"colour"})
    if kind == "flavour":
        return frozenset({"colour", "scent"})
    return frozenset({"colour", "flavour"}) if kind == "scent" else frozenset()


def run_sense(run: str, start: int, end: int, attribute: AttributeIndex, value: int, after: str) -> Sense:
    """As `sense_of`, for text without spaces; `after` is the word behind the run."""
    before, behind = run[:start], run[end:] + after
    if before.endswith(cues.RUN_NEGATIONS_BEFORE) or behind.startswith(cues.RUN_NEGATIONS_BEHIND):
        return Sense.DENIED
    if attribute.kind in SUBSTANCES and (
        before.endswith((*RUN_LOOKS_BEFORE, *RUN_TREATMENTS_BEFORE)) or behind.startswith(RUN_LOOKS_BEHIND)
    ):
        return Sense.OTHER
    if attribute.kind == "colour" and (before.endswith(RUN_FOOD_BEFORE) or behind.startswith(RUN_FOOD_BEHIND)):
        return Sense.OTHER
    is_purpose = before.endswith(cues.RUN_PURPOSES_BEFORE) or behind.startswith(cues.RUN_PURPOSES_BEHIND)
    if is_purpose and not attribute.takes_purposes and value not in attribute.persons:
        return Sense.OTHER
    return Sense.STATED


def _next(words: Sequence[str], at: int) -> int | None:
    """The next word, across one hyphen."""
    if at < len(words) and words[at] == "-":
        at += 1
    return at if at < len(words) and not is_break(words[at]) and words[at] not in ",:/" else None
