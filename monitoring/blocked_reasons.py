"""Counts why products are blocked. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from model.blocked_product import BlockedProduct


@dataclass(frozen=True, slots=True)
class ReasonStats:
    outcome: str
    code: str
    products: int
    shops: int
    actor: str
    """Who must act: seller, operator or platform."""
    example: str
    """Message of the first product counted."""


class BlockedReasons:
    """Products by outcome and reason code. A product counts once for each of its codes."""

    def __init__(self) -> None:
        self._products: Counter[tuple[str, str]] = Counter()
        self._shops: dict[tuple[str, str], set[str]] = {}
        self._examples: dict[tuple[str, str], tuple[str, str]] = {}

    def add(self, product: BlockedProduct) -> None:
        for reason in product.reasons:
            example = str(reason.get("actor") or ""), str(reason.get("message") or "")
            self._examples.setdefault((product.outcome, str(reason.get("code") or "")), example)
        for code in product.codes or ("",):
            self._products[product.outcome, code] += 1
            self._shops.setdefault((product.outcome, code), set()).add(product.shop_id)

    def ranked(self, limit: int | None = None) -> list[ReasonStats]:
        """Return the most frequent reasons first."""
        return [
            ReasonStats(*key, count, len(self._shops[key]), *self._examples.get(key, ("", "")))
            for key, count in self._products.most_common(limit)
        ]

    def by_code(self) -> dict[str, int]:
        """Return products by reason code, whatever their outcome; products without a reason are left out."""
        codes: Counter[str] = Counter()
        for (_, code), count in self._products.items():
            codes[code] += count
        return {code: count for code, count in codes.items() if code}
