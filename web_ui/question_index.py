"""All open questions of the fleet in memory, so that a page costs only as much as it shows.

A refresh reads every blocked product, and parses only those whose record has changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from model.blocked_product import BlockedProduct
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import count_blocked, queued_of, scan_blocked_texts
from worklist.answer_times import AnswerTimes
from worklist.collect import MAX_EXAMPLES, QuestionStats
from worklist.measured_times import answer_times
from worklist.missing_fields import MissingField, Question, open_fields_of
from worklist.sheet import SURE

Product = tuple[str, str]
"""Shop and product."""
MAX_PRODUCTS = 100_000


@dataclass(frozen=True, slots=True)
class ShownReason:
    code: str
    message: str
    actor: str


@dataclass(frozen=True, slots=True)
class OpenProduct:
    """A blocked product that is not queued again."""

    shop_id: str
    product_id: str
    title: str
    outcome: str
    at: str
    reasons: tuple[ShownReason, ...]
    category: str
    missing: tuple[MissingField, ...]
    """Empty if no answer helps."""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(reason.code for reason in self.reasons))


@dataclass(slots=True)
class ReasonCount:
    """Blocked products by outcome and reason code, queued ones included."""

    outcome: str
    code: str
    actor: str
    example: str
    products: int = 0
    shops: set[str] = field(default_factory=set)


@dataclass(slots=True)
class AskedQuestion:
    """One question and the products that wait for its answer."""

    stats: QuestionStats
    products: list[Product] = field(default_factory=list)
    proposed: int = 0
    """Products with a proposed answer."""
    sure: int = 0
    """Products with a proposal that is right with a chance of at least `SURE`."""


@dataclass(frozen=True, slots=True)
class Questions:
    """One consistent state of the index."""

    products: dict[Product, OpenProduct] = field(default_factory=dict)
    asked: dict[str, AskedQuestion] = field(default_factory=dict)
    ranked: tuple[AskedQuestion, ...] = ()
    """The questions, sorted by the minutes that an answer saves people, as in a worklist."""
    by_product: tuple[OpenProduct, ...] = ()
    """Products with questions, those with the fewest questions first, then the oldest."""
    reasons: tuple[ReasonCount, ...] = ()
    """The most frequent first."""
    read: int = 0
    total: int = 0

    def of(self, products: Iterable[Product]) -> list[OpenProduct]:
        return [self.products[each] for each in products if each in self.products]

    @property
    def unanswerable(self) -> int:
        """Blocked products for which no answer helps; they need a retry."""
        return sum(not each.missing for each in self.products.values())


class QuestionIndex:
    def __init__(self, redis: AnyRedis, max_products: int = MAX_PRODUCTS) -> None:
        self._redis, self._max = redis, max_products
        self._parsed: dict[Product, tuple[bytes, OpenProduct]] = {}
        self._shared: dict[str, Question] = {}

    async def refresh(self, shop_ids: Sequence[str]) -> Questions:
        """Raises RedisError."""
        counts = await count_blocked(self._redis, shop_ids)
        found = dict[Product, OpenProduct]()
        parsed = dict[Product, tuple[bytes, OpenProduct]]()
        reasons, read = dict[tuple[str, str], ReasonCount](), 0
        for shop_id in counts:
            if read >= self._max:
                break
            async for texts in scan_blocked_texts(self._redis, shop_id):
                queued = await queued_of(self._redis, shop_id, list(texts))
                for product_id, text in texts.items():
                    product = self._product(shop_id, product_id, text, parsed)
                    _count(reasons, product)
                    if product_id not in queued:
                        found[shop_id, product_id] = product
                read += len(texts)
                await asyncio.sleep(0)
        self._parsed = parsed
        asked = _asked(found, await answer_times(self._redis))
        self._shared = {key: each.stats.question for key, each in asked.items()}
        return Questions(
            found,
            asked,
            _ranked(asked.values()),
            _by_product(found.values()),
            tuple(sorted(reasons.values(), key=lambda each: -each.products)),
            read,
            max(read, sum(counts.values())),
        )

    def _product(
        self, shop_id: str, product_id: str, text: bytes, parsed: dict[Product, tuple[bytes, OpenProduct]]
    ) -> OpenProduct:
        digest = blake2b(text, digest_size=16).digest()
        known = self._parsed.get((shop_id, product_id))
        if known is None or known[0] != digest:
            known = (digest, self._parse(BlockedProduct.load(shop_id, product_id, text)))
        parsed[shop_id, product_id] = known
        return known[1]

    def _parse(self, product: BlockedProduct) -> OpenProduct:
        missing = []
        for each in open_fields_of(product):
            # The list of allowed values is long, so products share one question.
            shared = self._shared.setdefault(each.question.key, each.question)
            missing.append(replace(each, question=shared) if shared == each.question else each)
        return OpenProduct(
            product.shop_id,
            product.product_id,
            product.title,
            product.outcome,
            product.at,
            tuple(_reason(each) for each in product.reasons),
            product.category_path or product.category_id,
            tuple(missing),
        )


def _reason(reason: Mapping[str, Any]) -> ShownReason:
    return ShownReason(*(str(reason.get(name) or "") for name in ("code", "message", "actor")))


def _count(reasons: dict[tuple[str, str], ReasonCount], product: OpenProduct) -> None:
    """A product counts once for each of its codes."""
    first = {reason.code: reason for reason in reversed(product.reasons)} or {"": ShownReason("", "", "")}
    for code, reason in first.items():
        key = (product.outcome, code)
        if key not in reasons:
            reasons[key] = ReasonCount(*key, reason.actor, reason.message)
        reasons[key].products += 1
        reasons[key].shops.add(product.shop_id)


def _ranked(asked: Iterable[AskedQuestion]) -> tuple[AskedQuestion, ...]:
    def order(each: AskedQuestion) -> tuple[float, int, int, str]:
        stats = each.stats
        return -stats.saved_minutes, -stats.unlocks, -stats.products, stats.question.key

    return tuple(sorted(asked, key=order))


def _by_product(products: Iterable[OpenProduct]) -> tuple[OpenProduct, ...]:
    asking = (each for each in products if each.missing)
    return tuple(sorted(asking, key=lambda each: (len(each.missing), each.at, each.product_id)))


def _asked(products: dict[Product, OpenProduct], times: AnswerTimes) -> dict[str, AskedQuestion]:
    asked: dict[str, AskedQuestion] = {}
    for key, product in products.items():
        for missing in product.missing:
            question = missing.question
            each = asked.get(question.key)
            if each is None:
                each = asked[question.key] = AskedQuestion(QuestionStats(question, times=times))
            stats = each.stats
            stats.products += 1
            stats.unlocks += len(product.missing) == 1
            stats.shops.add(product.shop_id)
            if product.title and len(stats.examples) < MAX_EXAMPLES and product.title not in stats.examples:
                stats.examples.append(product.title)
            each.products.append(key)
            if missing.proposed is not None:
                each.proposed += 1
                each.sure += missing.proposed.chance >= SURE
    return asked
