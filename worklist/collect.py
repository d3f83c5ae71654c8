"""Collects the missing fields of blocked products and ranks questions by the minutes that an answer saves people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from model.blocked_product import BlockedProduct
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import blocked_of_shops, in_lane
from worklist.answer_times import AnswerTimes
from worklist.field_answers import FORMS
from worklist.measured_times import answer_times
from worklist.missing_fields import MissingField, Question, open_fields_of

MAX_EXAMPLES = 3
PER_PRODUCT = frozenset({"correct", *FORMS})
"""Kinds of questions whose answer differs between products."""


@dataclass(slots=True)
class QuestionStats:
    """One question and the products waiting for its answer."""

    question: Question
    products: int = 0
    """Products that need the answer."""
    unlocks: int = 0
    """Products that need no other answer."""
    shops: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)
    times: AnswerTimes = field(default_factory=AnswerTimes)

    @property
    def answers(self) -> int:
        """Number of answers needed: one per product if answers differ, otherwise one for all."""
        return self.products if self.question.kind in PER_PRODUCT else 1

    @property
    def minutes(self) -> float:
        """Minutes that a person needs for all of these answers."""
        return self.answers * self.times.minutes(self.question.kind)

    @property
    def saved_minutes(self) -> float:
        """Minutes that answering once saves, compared with answering for each unlocked product."""
        return max(0.0, self.unlocks * self.times.minutes(self.question.kind) - self.minutes)


@dataclass(slots=True)
class Worklist:
    """Missing fields, collected with `add` and returned in order by `ranked` and `rows`."""

    address: str = ""
    """Address of the web UI, for the links of a sheet; empty = no links."""
    reason: str = ""
    """If set, only missing fields with this reason code are kept."""
    times: AnswerTimes = field(default_factory=AnswerTimes)
    questions: dict[str, QuestionStats] = field(default_factory=dict)
    missing: list[MissingField] = field(default_factory=list)
    products: int = 0
    for_retry: int = 0
    """Blocked products for which no answer helps; they need `relist retry`."""
    unread: int = 0
    """Blocked products that were not read because of a limit."""

    def add(self, product: BlockedProduct, *, keep_fields: bool = True) -> None:
        """Count the product's questions; `keep_fields` also keeps its missing fields for `rows`."""
        missing = open_fields_of(product)
        if not missing:
            self.for_retry += 1
            return
        wanted = [each for each in missing if not self.reason or self.reason in each.question.codes]
        self.products += bool(wanted)
        for each in wanted:
            stats = self.questions.setdefault(each.question.key, QuestionStats(each.question, times=self.times))
            stats.products += 1
            stats.unlocks += len(missing) == 1
            stats.shops.add(each.shop_id)
            if each.title and len(stats.examples) < MAX_EXAMPLES and each.title not in stats.examples:
                stats.examples.append(each.title)
            if keep_fields:
                # Share one question object, because its list of allowed values is long.
                shared = each.question == stats.question
                self.missing.append(replace(each, question=stats.question) if shared else each)

    def ranked(self) -> list[QuestionStats]:
        """Return the questions, sorted by the minutes they save and then by the products they unlock."""
        return sorted(self.questions.values(), key=_rank)

    def rows(self, limit: int) -> list[MissingField]:
        """Return at most `limit` missing fields in the order of their questions."""
        order = {stats.question.key: place for place, stats in enumerate(self.ranked())}
        self.missing.sort(key=lambda each: (order[each.question.key], each.shop_id, each.product_id))
        return self.missing[:limit]

    def left_out(self, written: int) -> str:
        """Return a sentence about what is missing from a file with `written` rows; empty if it is complete."""
        parts = []
        if len(self.missing) > written:
            parts.append(f"{len(self.missing) - written:,} more rows")
        if self.unread:
            parts.append(f"{self.unread:,} blocked products that were not read")
        if not parts:
            return ""
        return f"Not complete: {' and '.join(parts)} are left out. Import this file, then export again."


def _rank(stats: QuestionStats) -> tuple[float, int, int, str]:
    return -stats.saved_minutes, -stats.unlocks, -stats.products, stats.question.key


async def collect(
    redis: AnyRedis,
    shop_ids: Sequence[str],
    *,
    reason: str = "",
    max_products: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Worklist:
    """Read the blocked products of these shops, except those whose job is already queued again.

    `progress` receives the number of products read and their total. Reading stops after about `max_products`; the rest
    is counted in `Worklist.unread`. Raises RedisError.
    """
    worklist = Worklist(reason=reason, times=await answer_times(redis))
    read = total = 0
    async for batch, read, total in blocked_of_shops(redis, shop_ids):
        progress(read, total)
        queued = await in_lane(redis, batch)
        for product in batch:
            if (product.shop_id, product.product_id) not in queued:
                worklist.add(product)
        if max_products is not None and read >= max_products:
            break
    worklist.unread = max(0, total - read)
    return worklist
