"""The stored stems of the lexicon, and the words of plain English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals import lexicon_stems
from proposals.lexicon_build import stems_text
from proposals.lexicon_stems import FILE, lexicon_stem
from proposals.words import stem, words_of


def test_stored_stems_are_those_of_the_stemmer() -> None:
    assert FILE.read_text(encoding="utf-8") == stems_text(), "run `make generated`"


def test_stems_are_computed_for_another_version_of_the_stemmer(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = lexicon_stem("acrylic")

    monkeypatch.setattr(lexicon_stems, "version_line", lambda: "# Stems of another version")

    assert lexicon_stem("acrylic") == stored == stem("acrylic") == "acryl"


@given(st.text(st.characters(codec="ascii"), max_size=30).filter(lambda text: not text.startswith(("'", "`"))))
def test_plain_english_has_the_same_words_beside_other_scripts(text: str) -> None:
    assert words_of(f"é.{text}") == ["é", ".", *words_of(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Women's T-Shirt", ["women", "t", "-", "shirt"]),
        ("Dress w/o sleeves - blue", ["dress", "without", "sleeves", "–", "blue"]),
        ("15.6 inch `Pro`", ["15.6", "inch", "pro"]),
    ],
)
def test_words_of_a_plain_title(text: str, words: list[str]) -> None:
    assert words_of(text) == words
