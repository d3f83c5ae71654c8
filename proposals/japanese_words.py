"""Whether a match in Japanese text, which has no spaces, is only part of a word. Pure."""

from __future__ import annotations

from proposals.cues import RUN_NEGATIONS_BEFORE


def splits_word(word: str, start: int, end: int, kind: str) -> bool:
    """Whether the match `word[start:end]` of an attribute of this kind is part of a longer word."""
    return _splits_katakana(word, start, end, kind) or _splits_kanji(word, start, end, kind)


def _splits_kanji(word: str, start: int, end: int, kind: str) -> bool:
    """Whether a one-letter colour is part of another word, as in the words for baby and for the town of Aomori."""
    if kind != "colour" or end - start > 1 or not _is_kanji(word[start]):
        return False
    behind = word[end : end + 3]
    return _is_kanji(word[start - 1 : start]) or _is_kanji(behind[:1]) or behind.startswith("ちゃ")


def _splits_katakana(word: str, start: int, end: int, kind: str) -> bool:
    """Whether the match begins or ends within a katakana word; an imitation before it is a separate word.

    (A shade such as wine red ends with its colour.)
    """
    if not _is_katakana(word[start]):
        return False
    if kind == "colour" and not (end < len(word) and _is_katakana(word[end])):
        return False
    joined_before = start > 0 and _is_katakana(word[start - 1])
    return joined_before and not word[:start].endswith(RUN_NEGATIONS_BEFORE)


def _is_kanji(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


def _is_katakana(letter: str) -> bool:
    return "\u30a0" <= letter <= "\u30ff"
