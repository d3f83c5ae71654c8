"""Chooses the language of the tree that matches the language of the paths. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mapping_studio.path_index import PathIndex

LOCALES = (
    *("en-US", "id-ID", "vi-VN", "th-TH", "ms-MY", "es-ES", "es-MX", "pt-BR", "ja-JP", "de-DE", "fr-FR", "it-IT"),
)
"""Locales of the markets, as Get Categories names them."""
MAX_SAMPLED = 200


def known_share(index: PathIndex, paths: Sequence[Sequence[str]]) -> float:
    """The mean share of a path's words found in the tree, over an even sample of the paths."""
    every = max(len(paths) // MAX_SAMPLED, 1)
    sample = paths[::every]
    return sum(index.known_share(path) for path in sample) / len(sample)


def best_locale(shares: Mapping[str, float]) -> str:
    """The locale whose tree contains the most words; ties go to the first."""
    return max(shares, key=lambda locale: shares[locale])
