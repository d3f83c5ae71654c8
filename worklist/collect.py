"""Gathers all open gaps and ranks the questions by how many products one answer unlocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from model.blocked_product import BlockedProduct
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import blocked_of_shops, in_lane
from worklist.missing_fields import MissingField, Question, missing_fields_of

EXAMPLES = 3


@dataclass(slots=True)
class AskedQuestion:
    """One question, and how much hangs on it."""

    question: Question
    products: int = 0
    """Products it is asked of."""
    unlocks: int = 0
    """Products for which it is the only thing missing."""
    shops: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Worklist:
    """Grows by `add`; `ranked` and `rows` put it in order."""

    reason: str = ""
    """Only gaps with this code, when given."""
    questions: dict[str, AskedQuestion] = field(default_factory=dict)
    gaps: list[MissingField] = field(default_factory=list)
    products: int = 0
    for_retry: int = 0
    """Blocked products that no answer helps: `relist retry`."""
    unread: int = 0
    """Blocked products that were not looked at, for lack of room."""

    def add(self, product: BlockedProduct, *, keep_gaps: bool = True) -> None:
        gaps = missing_fields_of(product)
        if not gaps:
            self.for_retry += 1
            return
        wanted = [gap for gap in gaps if not self.reason or self.reason in gap.question.codes]
        self.products += bool(wanted)
        for gap in wanted:
            asked = self.questions.setdefault(gap.question.key, AskedQuestion(gap.question))
            asked.products += 1
            asked.unlocks += len(gaps) == 1
            asked.shops.add(gap.shop_id)
            if gap.title and len(asked.examples) < EXAMPLES and gap.title not in asked.examples:
                asked.examples.append(gap.title)
            if keep_gaps:
                # One question object for all its gaps: a list of values is long, and asked of many.
                shared = asked.question
                same = gap.question == shared
                self.gaps.append(
                    MissingField(
                        gap.shop_id, gap.product_id, gap.title, shared if same else gap.question, gap.version_token
                    )
                )

    def ranked(self) -> list[AskedQuestion]:
        """What unlocks most, first."""
        return sorted(self.questions.values(), key=lambda each: (-each.unlocks, -each.products, each.question.key))

    def rows(self, most: int) -> list[MissingField]:
        """The gaps in the order of their questions, at most so many."""
        order = {asked.question.key: place for place, asked in enumerate(self.ranked())}
        self.gaps.sort(key=lambda gap: (order[gap.question.key], gap.shop_id, gap.product_id))
        return self.gaps[:most]


async def collect(
    redis: AnyRedis,
    shop_ids: Sequence[str],
    *,
    reason: str = "",
    keep_gaps: bool = True,
    most_products: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Worklist:
    """Reads the blocked products of these shops; those with a job in their lane are being tried already.

    `progress` is told how many of how many are read; after `most_products` the rest stays unread.
    """
    worklist = Worklist(reason)
    read = total = 0
    async for batch, read, total in blocked_of_shops(redis, shop_ids):
        progress(read, total)
        busy = await in_lane(redis, batch[0].shop_id, [product.product_id for product in batch])
        for product in batch:
            if product.product_id not in busy:
                worklist.add(product, keep_gaps=keep_gaps)
        if most_products is not None and read >= most_products:
            break
    worklist.unread = max(0, total - read)
    return worklist
