"""Counts why products are blocked, and finds the one of each shop that has been blocked longest. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

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


class LongestBlocked:
    """The product of each shop that has been blocked longest."""

    def __init__(self) -> None:
        self.by_shop: dict[str, tuple[str, int]] = {}
        """Shop ID -> its first reason code, and since when it is blocked, in Unix seconds."""

    def add(self, product: BlockedProduct) -> None:
        """A product whose stored time cannot be read is left out; its reason is counted elsewhere."""
        try:
            at = datetime.fromisoformat(product.at)
        except ValueError:
            return
        since = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
        known = self.by_shop.get(product.shop_id)
        if known is None or since < known[1]:
            self.by_shop[product.shop_id] = next(iter(product.codes), "") or product.outcome, since
