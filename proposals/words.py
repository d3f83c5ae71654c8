"""Splits the text of any market into comparable words. Pure.

Latin words are compared by their stem, without accents; Vietnamese keeps its accents, which distinguish words.
Thai and Japanese have no spaces, so their text stays in runs, which are searched as strings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snowballstemmer import StemmerProtocol

STEMMERS = {
    "en": "english",
    "id": "indonesian",
    "ms": "indonesian",
    "es": "spanish",
    "pt": "portuguese",
    "de": "german",
    "fr": "french",
    "it": "italian",
}
LANGUAGES_OF_MARKET = {
    "ID": ("id",), "MY": ("ms",), "VN": ("vi",), "TH": ("th",), "MX": ("es",), "ES": ("es",), "BR": ("pt",),
    "JP": ("ja",), "DE": ("de",), "FR": ("fr",), "IT": ("it",), "AT": ("de",), "BE": ("fr",), "PT": ("pt",),
}  # fmt: skip
"""Languages of a market in addition to English, which titles use in every market."""
FUNCTION_WORDS = {
    "id": frozenset("yang dan untuk dengan tanpa dari dalam ini bisa cocok warna bahan".split()),
    "ms": frozenset("yang dan untuk dengan tanpa dari dalam ini boleh sesuai warna bahan".split()),
    "vi": frozenset("và cho của không với được màu chất liệu bằng kiểu hàng".split()),
    "es": frozenset("de con sin para los las del y por una mujer hombre color hecho".split()),
    "pt": frozenset("com sem para dos das e uma não feito cor homem mulher em da do".split()),
    "de": frozenset("und mit ohne für der die das aus nicht kein keine farbe damen herren".split()),
    "fr": frozenset("et avec sans pour les des du une en non couleur femme homme".split()),
    "it": frozenset("e con senza per gli della delle di non una colore donna uomo in".split()),
}
_LANGUAGES_OF_WORD = {
    word: tuple(language for language, known in FUNCTION_WORDS.items() if word in known)
    for word in frozenset().union(*FUNCTION_WORDS.values())
}
TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*\+*|[\u0e00-\u0e7f]+|[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f々ー]+"
    r"|[^\W\d_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+|[%\"″”'’:;.,|/()\[\]{}•·=\n*!?+&#<>≥≤–—-]"
)
BREAKS = frozenset(".;|•·!?\n()[]{}*")
"""Marks that end a clause: a negation does not reach across them."""
WITHOUT = re.compile(r"\bw/o\b")
DASH = re.compile(r"\s[-–—]+\s")
"""Between spaces, a dash ends a negation."""
SPACED_DASH = "–"
SARA_AM = ("\u0e4d\u0e32", "\u0e33")
"""NFKC splits this Thai vowel in two; the tables have it as people type it."""
LATIN_ACCENTS = re.compile("[\u0300-\u036f]")
RUN = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f々ー]")
THAI, JAPANESE = re.compile("[\u0e00-\u0e7f]"), re.compile("[\u3040-\u9fff]")
PORTUGUESE_PLURALS = (
    ("ões", "ão"),
    ("ães", "ão"),
    ("ãos", "ão"),
    ("éis", "el"),
    ("óis", "ol"),
    ("ais", "al"),
    ("eis", "el"),
    ("ns", "m"),
)
LONGEST_TEXT = 4_000
"""Maximum number of characters read of one text, so that a long description costs little."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as words. The sequences have equal lengths."""

    words: tuple[str, ...]
    """In lower case, as written; marks are separate words."""
    stems: tuple[str, ...]
    """The form that is compared."""
    languages: frozenset[str] = frozenset({"en"})


def text_of(text: str, languages: tuple[str, ...] = ()) -> Text:
    """Splits `text`; `languages`, the market's in addition to English, decide how words are stemmed."""
    plain = _plain(text)
    words = tuple(_words_of(plain))
    found = frozenset({"en", *languages, *_languages_in(words, plain)})
    language = languages[0] if languages else "en"
    return Text(words, tuple(stem(word, language) for word in words), found)


def stems_of(text: str, languages: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The words of `text` and their stems, as in `text_of`, which also finds the text's languages."""
    language = languages[0] if languages else "en"
    return ((word, stem(word, language)) for word in words_of(text))


def words_of(text: str) -> list[str]:
    """The words of `text`, as in `text_of`."""
    return _words_of(_plain(text))


def _words_of(plain: str) -> list[str]:
    words: list[str] = TOKEN.findall(plain)
    return _without_possessives(words) if "'" in plain else words


def _plain(text: str) -> str:
    text = text[:LONGEST_TEXT]
    if text.isascii():  # for speed: most titles are, and then only the case and the marks differ
        plain = text.lower().replace("`", "'")
        if "-" in plain:
            plain = DASH.sub(f" {SPACED_DASH} ", plain)
        return WITHOUT.sub(" without ", plain) if "w/o" in plain else plain
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("`", "'")
    return DASH.sub(f" {SPACED_DASH} ", WITHOUT.sub(" without ", plain)).replace(*SARA_AM)


@lru_cache(maxsize=65_536)
def stem(word: str, language: str = "en") -> str:
    """The stem of one lower-case word; words of two letters, numbers and words without spaces stay as they are."""
    if len(word) < 3 or not word[0].isalpha() or RUN.match(word) or (language == "vi" and not word.isascii()):
        return word
    name = STEMMERS.get(language, "english")
    if language == "pt":
        word = _portuguese_singular(word)
    stemmed = _stemmer(name).stemWord(word)
    if name != "english" and stemmed == word:
        stemmed = _stemmer("english").stemWord(word)
    return stemmed if stemmed.isascii() else LATIN_ACCENTS.sub("", unicodedata.normalize("NFKD", stemmed))


def _portuguese_singular(word: str) -> str:
    """The singular of a plural unknown to the stemmer: `botões`, `anéis`, `móveis`."""
    for plural, singular in PORTUGUESE_PLURALS:
        if len(word) > len(plural) + 1 and word.endswith(plural):
            return word.removesuffix(plural) + singular
    return word


def market_languages(region: str) -> tuple[str, ...]:
    return LANGUAGES_OF_MARKET.get(region.upper(), ())


def is_break(word: str) -> bool:
    return word in BREAKS


def is_word(word: str) -> bool:
    return word[0].isalnum() or RUN.match(word) is not None


def content_stems(texts: Iterable[Iterable[tuple[str, str]]], most: int = 60) -> list[str]:
    """Distinct stems to learn from, in order; runs of Thai and Japanese as pairs of letters.

    `texts` are words with their stems (`stems_of`).
    """
    found: dict[str, None] = {}
    for text in texts:
        for word, key in text:
            if not word.isascii() and RUN.match(word):
                found.update(dict.fromkeys(word[at : at + 2] for at in range(len(word) - 1)))
            elif len(word) > 1 and word[0].isalnum():  # `is_word`, since it is not a run
                found[key] = None
            if len(found) >= most:
                return list(found)[:most]
    return list(found)


def _without_possessives(words: Sequence[str]) -> list[str]:
    """Joins `women ' s` to `womens`, which has the same stem as `women`."""
    joined: list[str] = []
    skip = 0
    for at, word in enumerate(words):
        if skip:
            skip -= 1
        elif word == "'" and joined and at + 1 < len(words) and words[at + 1] == "s":
            skip = 1
        elif word == "'":
            continue
        else:
            joined.append(word)
    return joined


def _languages_in(words: Sequence[str], plain: str) -> frozenset[str]:
    counts: dict[str, int] = {}
    for word in _LANGUAGES_OF_WORD.keys() & set(words):
        for language in _LANGUAGES_OF_WORD[word]:
            counts[language] = counts.get(language, 0) + 1
    found = {language for language, count in counts.items() if count > 1}
    if not plain.isascii():
        if THAI.search(plain):
            found.add("th")
        if JAPANESE.search(plain):
            found.add("ja")
    return frozenset(found)


@lru_cache(maxsize=16)
def _stemmer(name: str) -> StemmerProtocol:
    # Imported on first use: the package imports all of its languages, which a process without proposals does not need.
    from snowballstemmer import stemmer

    return stemmer(name)
