"""Ranks the allowed values of a product's missing attributes. Pure; the entry point of this package."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from proposals.leaf_index import LeafIndex
from proposals.passages import free_texts, passages_of
from proposals.ranking import Candidate, chances_of, ranked
from proposals.reader import Reading, read
from proposals.reliability import Statement, believed, statement_of
from proposals.siblings import ValueModel
from proposals.words import content_stems
from tiktok_shop.catalogue import Attribute

MAX_FEATURES = 24
UNSTATED = "~"
"""Suffix of the group of proposals based on siblings alone."""


@dataclass(frozen=True, slots=True)
class Proposal:
    attribute: Attribute
    candidates: tuple[Candidate, ...]
    """Best first; all listed values, so that the list of allowed values can be ordered."""
    stated: Statement | None = None
    """The value that the texts state, before anything learned about such statements; None without one."""

    @property
    def first(self) -> Candidate:
        return self.candidates[0]

    @property
    def group(self) -> str:
        """The proposals whose errors are counted together: those of one attribute, with stated and unstated values
        separate.

        While a leaf is learned, the scores of unstated values rise faster than those of stated ones, so joint tests
        would lag behind the filled-in values.
        """
        return self.attribute.id if self.first.is_read else f"{self.attribute.id}{UNSTATED}"

    @property
    def says_something(self) -> bool:
        """Whether a text or a sibling supports the first value; otherwise the order is the platform's."""
        chances = {candidate.score for candidate in self.candidates}
        return len(self.candidates) == 1 or len(chances) > 1


def propose(
    index: LeafIndex,
    product: Mapping[str, Any],
    wanted: Collection[str],
    models: Mapping[str, ValueModel],
    *,
    known: Mapping[str, str] | None = None,
    shop: str = "",
) -> list[Proposal]:
    """One proposal for each wanted attribute ID in the index.

    `models` are keyed by attribute id. `known` are the product's existing values: attribute ID -> value ID.
    `shop` names the shop, so that its other products count more.
    """
    passages = passages_of(product, index.languages)
    readings: dict[int, list[Reading]] = {}
    asked = [at for at, each in enumerate(index.attributes) if each.attribute.id in wanted]
    for each in read(index, passages, asked):
        readings.setdefault(each.attribute, []).append(each)
    features = features_of(product, index.languages, known or {}, shop)
    found = []
    for at in asked:
        attribute = index.attributes[at].attribute
        ids = [value.id for value in attribute.values]
        model = models.get(attribute.id) or ValueModel()
        own = [feature for feature in features if not feature.startswith(f"{attribute.id}=")]
        chances = chances_of(model.distribution(own, ids), ids)
        candidates = ranked(readings.get(at, ()), chances)
        stated = statement_of(candidates, ids)
        if stated is not None:
            after = believed({ids[each.value]: each.score for each in candidates}, stated, model.statements)
            candidates = [
                Candidate(each.value, after[ids[each.value]], each.sources, each.words, each.is_read)
                for each in candidates
            ]
            candidates.sort(key=lambda each: -each.score)
        found.append(Proposal(attribute, tuple(candidates), stated))
    return found


def features_of(
    product: Mapping[str, Any], languages: tuple[str, ...], known: Mapping[str, str], shop: str = ""
) -> list[str]:
    """Features by which siblings are compared: the shop, the brand, the product's values and its words."""
    brand = " ".join(str((product.get("brand") or {}).get("name") or "").casefold().split())
    return [
        *([f"shop={shop}"] if shop else []),
        *([f"brand={brand}"] if brand else []),
        *(f"{attribute}={value}" for attribute, value in sorted(known.items())),
        *content_stems(free_texts(product, languages), MAX_FEATURES),
    ]
