"""Names become the English words of the table, whatever their form; unknown words stay."""

from __future__ import annotations

import pytest

from mapping_studio.translation import FILE, LANGUAGES, in_english, languages_of


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        ("Sapatos femininos", "pt", {"shoe", "woman"}),
        ("Calçados para meninas", "pt", {"shoe", "girl"}),
        ("Kinderschuhe", "de", {"child", "shoe"}),
        ("Hundespielzeug", "de", {"dog", "toy"}),
        ("キッチン用品", "ja", {"kitchen", "supply"}),
        ("เครื่องครัว", "th", {"kitchen"}),
        ("Đồ chơi trẻ em", "vi", {"toy", "child"}),
        ("Washing machines", "en", {"washing machine"}),
    ],
)
def test_known_names_are_translated_in_any_form(name: str, language: str, words: set[str]) -> None:
    translated = f" {in_english(name, (language,))} "
    assert all(f" {word} " in translated for word in words)


def test_unknown_words_stay_because_many_names_are_alike() -> None:
    assert "zorgon" in in_english("Zorgon Sapatos", ("pt",)).split()


def test_short_stems_of_other_words_are_not_taken() -> None:
    assert "knife" not in in_english("Esfoliantes faciais", ("pt",)).split()


@pytest.mark.parametrize(
    ("names", "languages"),
    [
        (("Roupas femininas", "Brinquedos"), ("pt",)),
        (("Damenbekleidung", "Spielzeug"), ("de",)),
        (("靴", "おもちゃ"), ("ja",)),
        (("Zorgon", "Qwxyz"), ()),
    ],
)
def test_the_language_is_that_with_most_known_words(names: tuple[str, ...], languages: tuple[str, ...]) -> None:
    assert languages_of(names) == languages


def test_every_line_of_the_table_has_a_name_in_each_language() -> None:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(lines) > 500
    for line in lines:
        cells = line.split("\t")
        assert len(cells) == len(LANGUAGES), line
        assert all(name.strip() == name and name for cell in cells for name in cell.split("|")), line
