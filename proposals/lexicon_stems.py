"""The English stems of the lexicon's words, kept in lexicon_stems.tsv: to compute them takes 0.2 s of CPU time.

The file holds for one version of the stemmer. With another version the stems are computed.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path

from proposals.words import stem

FILE = Path(__file__).parent / "lexicon_stems.tsv"


def lexicon_stem(word: str) -> str:
    """As `stem`, for a word of the lexicon."""
    known = _known(version_line())
    return stem(word) if known is None else known.get(word, word)


@cache
def version_line() -> str:
    return f"# Stems of snowballstemmer {version('snowballstemmer')}; `make generated` writes this file."


@cache
def _known(expected: str) -> dict[str, str] | None:
    """The words that differ from their stems; None if the file holds for another version."""
    first, *lines = FILE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines) if first == expected else None
