"""Chooses the language in which to read the tree, so that it is compared with paths of the same language. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mapping_studio.path_index import PathIndex

LOCALES = (
    *("en-US", "id-ID", "vi-VN", "th-TH", "ms-MY", "es-ES", "es-MX", "pt-BR", "ja-JP", "de-DE", "fr-FR", "it-IT"),
)
"""Locales of the markets, as Get Categories names them."""
MOST_SAMPLED = 200


def known_share(index: PathIndex, paths: Sequence[Sequence[str]]) -> float:
    """The mean share of the paths' words that the tree has, over an even sample of the paths."""
    every = max(len(paths) // MOST_SAMPLED, 1)
    sample = paths[::every]
    return sum(index.knows(path) for path in sample) / len(sample)


def best_locale(shares: Mapping[str, float]) -> str:
    """The locale whose tree knows most words; of equals, the first."""
    return max(shares, key=lambda locale: shares[locale])
