"""Writes lexicon_stems.tsv: `python -m proposals.lexicon_build`."""

from __future__ import annotations

from proposals.lexicon import concepts
from proposals.lexicon_stems import FILE, version_line
from proposals.words import is_word, stem, words_of


def stems_text() -> str:
    """The content of the file: a line for each word of the lexicon that differs from its English stem."""
    names = {name for concept in concepts() for _, name in concept.names}
    words = sorted({word for name in names for word in words_of(name) if is_word(word)})
    lines = [f"{word}\t{key}" for word in words if (key := stem(word)) != word]
    return "\n".join([version_line(), *lines, ""])


if __name__ == "__main__":
    FILE.write_text(stems_text(), encoding="utf-8")
