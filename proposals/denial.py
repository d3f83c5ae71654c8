"""Decides whether the words around a value deny it: `without leather`, `leather-free`, `softer than silk`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from proposals import cues
from proposals.modifiers import NEW_STATEMENTS
from proposals.words import SPACED_DASH, Text, is_break, is_word

REACH = 4
"""Number of words that a negation covers."""
THAN_REACH, MORE_REACH = 2, 4
"""Most words between a comparing word and the value, and between `more` and the comparing word."""
PREFIXES = frozenset(["non", "anti", "frei", "libre", "livre", "isi"])
"""These negate only the next word; in Italian `non` negates a verb."""
JOINED = frozenset(
    [
        "is",
        "are",
        "t",
        "be",
        "being",
        "available",
        "man",
        "suitable",
        "recommended",
        "usable",
        "worn",
        "used",
        "-",
        "ist",
        "sind",
        "disponible",
        "disponibles",
        "disponibile",
        "disponibili",
        "disponível",
        "disponíveis",
        "lieferbar",
        "verfügbar",
        "erhältlich",
        "est",
        "es",
        "é",
        "è",
    ]
)
"""Before `made` or `in` these continue a negation: `is not available in`, `man-made`."""


def is_denied(text: Text, start: int, end: int) -> bool:
    words, negations = text.words, cues.of_languages(cues.NEGATIONS, text.languages)
    imitations = cues.of_languages(cues.IMITATIONS, text.languages)
    if start and (
        words[start - 1] in imitations or (words[start - 1] == "-" and start > 1 and words[start - 2] in imitations)
    ):
        return True
    behind = next_word(words, end)
    if behind is not None and words[behind] in (cues.DENIALS_AFTER | cues.IMITATIONS_BEHIND):
        return words[behind] not in ("print", "printed", "style") or bool(words[end : end + 1] == ("-",))
    if behind is not None and words[behind + 1 : behind + 2] and words[behind + 1] in cues.SUBSTITUTES:
        return True
    if words[end : end + 1] == ("?",) and end + 1 < len(words) and words[end + 1] in negations:
        return True
    phrases = cues.DENIAL_PHRASES_BEHIND.get(words[end], ()) if end < len(words) else ()
    if any(words[end : end + len(phrase)] == phrase for phrase in phrases):
        return True
    return not _is_exclusive(words, start) and (_is_compared(text, start) or _is_negated(text, start, negations))


def is_absent(text: Text, at: int) -> bool:
    """Whether the text directly denies that the thing is present: `without collar`, `sugar free`."""
    words, negations = text.words, cues.of_languages(cues.NEGATIONS, text.languages)
    behind = next_word(words, at + 1)
    before = words[at - 1] if at else ""
    if before == "-" and at > 1:
        before = words[at - 2]
    is_denied_after = behind is not None and words[behind] in cues.DENIALS_AFTER
    return (before in negations) is not is_denied_after


def _is_exclusive(words: Sequence[str], start: int) -> bool:
    """Whether the preceding words say that the product consists of nothing else."""
    while start and words[start - 1] in cues.ARTICLES:
        start -= 1
    phrases = cues.EXCLUSIVE_BY_LAST.get(words[start - 1], ()) if start else ()
    return any(tuple(words[max(0, start - len(phrase)) : start]) == phrase for phrase in phrases)


def _is_negated(text: Text, start: int, negations: frozenset[str]) -> bool:
    """Searches back to the beginning of the clause. A comma ends a negation unless the list continues with `or`."""
    words, reach = text.words, 0
    prefixes = PREFIXES - {"non"} if "it" in text.languages else PREFIXES
    for at in range(start - 1, -1, -1):
        word = words[at]
        if is_break(word) or word == SPACED_DASH or _is_ending_colon(words, at, negations):
            return False
        if _is_in_phrase(words, at):
            return reach <= REACH
        if word in cues.REVERSALS:
            return False
        if word in negations and not _denies_nothing(words, at):
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


def _denies_nothing(words: Sequence[str], at: int) -> bool:
    """Whether the negation here does not apply to the following words: `No. 5`, `not just cotton`."""
    behind = words[at + 1] if at + 1 < len(words) else ""
    return behind in cues.SOFTENERS or (words[at] == "no" and behind in (".", ":"))


def _is_ending_colon(words: Sequence[str], at: int, negations: frozenset[str]) -> bool:
    """Whether a colon ends the clause, as in `instead of plastic: bamboo`."""
    return words[at] == ":" and at > 0 and words[at - 1] not in negations and words[at - 1] not in cues.COLON_KEEPERS


def _is_in_phrase(words: Sequence[str], at: int) -> bool:
    """Whether the word is the last one of a denying phrase."""
    for phrase in cues.PHRASES_BY_LAST.get(words[at], ()):
        start = at + 1 - len(phrase)
        if start >= 0 and all(
            word == wanted or (wanted == cues.ANY and word not in cues.NO_COMPARISON)
            for word, wanted in zip(words[start : at + 1], phrase, strict=True)
        ):
            return True
    return False


def _is_compared(text: Text, start: int) -> bool:
    """Whether the product is compared with the value: `weicher als Seide`."""
    words, than = text.words, cues.of_languages(cues.THAN, text.languages)
    at = next((at for at in range(start - 1, max(-1, start - 1 - THAN_REACH), -1) if words[at] in than), 0)
    if not at:
        return False
    more = cues.of_languages(cues.MORE, text.languages)
    before = words[max(0, at - MORE_REACH) : at]
    return (
        words[at] == "hơn"
        or not more.isdisjoint(before)
        or (words[at] == "als" and any(word.endswith("er") for word in before[-1:]))
    )


def _goes_on(words: Sequence[str], start: int) -> bool:
    """Whether the preceding words are a list to which a negation may apply: `no zip, button or collar`."""
    return start > 0 and words[start - 1] in cues.SPREADERS and words[start - 1] != ","


def next_word(words: Sequence[str], at: int) -> int | None:
    """The next word, across one hyphen."""
    if at < len(words) and words[at] == "-":
        at += 1
    return at if at < len(words) and not is_break(words[at]) and words[at] not in ",:/" else None
