"""The products that wait for somebody: one hash a shop, product id -> the record of the outcome that blocks it.

Beside the published record it keeps what a person needs (title, category path) and what a retry must not forget: the
hints the blocked job had, so that an answer given last week still holds when the next one comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from redis.asyncio import Redis

from shop_queue.connect import AnyRedis
from shop_queue.job import Job
from shop_queue.keys import lane_keys
from shop_queue.outcome import Outcome

HINTS = ("category_id", "brand_id", "attributes", "origin_category", "dry_run")
KEPT_STATE = ("plan", "changed_category", "changed_from")
"""Of a relist job's state: the plan it must not depart from, and the leaf a webhook told of."""
SCAN_COUNT = 200
PIPELINED = 500
RETRIED_KINDS = ("relist", "audit")
"""A `list` job's product body is not kept: whoever fed it feeds it again."""


def context_of(job: Job, outcome: Outcome) -> dict[str, Any]:
    """What is kept of a blocked product beside its record; nothing that is empty."""
    hints = {name: value for name in HINTS if (value := getattr(job, name))}
    if kept := {name: value for name, value in (job.state or {}).items() if name in KEPT_STATE}:
        hints["state"] = kept
    forms = {
        reason.attribute_id: {name: value for name, value in asdict(reason.form).items() if value}
        for reason in outcome.reasons
        if reason.attribute_id and reason.form
    }
    context = {"title": outcome.title, "category_path": outcome.category_path, "hints": hints, "forms": forms}
    return {name: value for name, value in context.items() if value}


@dataclass(frozen=True, slots=True)
class BlockedProduct:
    shop_id: str
    product_id: str
    """The field of the hash: a product id, or `list:<external id>`."""
    outcome: str
    at: str
    reasons: tuple[Mapping[str, Any], ...]
    kind: str = "relist"
    title: str = ""
    category_id: str = ""
    category_path: str = ""
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, shop_id: str, product_id: str, text: bytes) -> BlockedProduct:
        """Never fails: what cannot be read must reach a person too, not hide."""
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            reason = {"code": "unreadable_record", "message": "The stored outcome is not JSON.", "actor": "operator"}
            record = {"outcome": "failed", "reasons": [reason]}
        return cls(
            shop_id,
            product_id,
            str(record.get("outcome") or ""),
            str(record.get("at") or ""),
            tuple(each for each in record.get("reasons") or () if isinstance(each, dict)),
            str(record.get("kind") or "relist"),
            str(record.get("title") or ""),
            str(record.get("category_id") or ""),
            str(record.get("category_path") or ""),
            record,
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """Each reason's code once, in the order they were found."""
        return tuple(dict.fromkeys(str(reason.get("code") or "") for reason in self.reasons))

    def form_of(self, attribute_id: str) -> Mapping[str, Any]:
        """The fields of its AnswerForm that are set."""
        form = (self.record.get("forms") or {}).get(attribute_id)
        return form if isinstance(form, dict) else {}

    @property
    def can_be_retried(self) -> bool:
        return self.kind in RETRIED_KINDS

    def retry(self, *, live: bool = False) -> Job:
        """The job that tries again with all the blocked one knew; `live` makes a dry run a real one."""
        hints = self.record.get("hints") or {}
        return Job(
            self.shop_id,
            self.product_id,
            category_id=str(hints.get("category_id") or ""),
            brand_id=str(hints.get("brand_id") or ""),
            attributes=tuple(hints.get("attributes") or ()),
            origin_category=str(hints.get("origin_category") or ""),
            dry_run=bool(hints.get("dry_run")) and not live,
            run_id=str(self.record.get("run_id") or ""),
            trace_id=str(self.record.get("trace_id") or ""),
            state=hints.get("state"),
        )


async def count_blocked(redis: AnyRedis, shop_ids: Sequence[str]) -> dict[str, int]:
    """How many products of each shop wait for somebody; shops with none are left out."""
    keys = [lane_keys(shop_id).blocked for shop_id in shop_ids]
    lengths = await in_pipelines(redis, [("HLEN", key) for key in keys])
    return {shop_id: int(length) for shop_id, length in zip(shop_ids, lengths, strict=True) if length}


async def scan_blocked(redis: AnyRedis, shop_id: str) -> AsyncIterator[list[BlockedProduct]]:
    """All of a shop's, a few hundred at a time; each once, though HSCAN may repeat itself."""
    key, cursor, seen = lane_keys(shop_id).blocked, 0, set[bytes]()
    while True:
        cursor, entries = await redis.hscan(key, cursor, count=SCAN_COUNT)
        fresh = {product_id: text for product_id, text in entries.items() if product_id not in seen}
        seen.update(fresh)
        if fresh:
            yield [BlockedProduct.load(shop_id, product_id.decode(), text) for product_id, text in fresh.items()]
        if cursor == 0:
            return


async def blocked_of_shops(
    redis: AnyRedis, shop_ids: Sequence[str]
) -> AsyncIterator[tuple[list[BlockedProduct], int, int]]:
    """Every shop's, a batch of one shop at a time, each with how many of how many products are read by then."""
    counts = await count_blocked(redis, shop_ids)
    read, total = 0, sum(counts.values())
    for shop_id in counts:
        async for batch in scan_blocked(redis, shop_id):
            read += len(batch)
            yield batch, read, max(read, total)


async def read_blocked(
    redis: AnyRedis, products: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], BlockedProduct | None]:
    """The blocked records of these (shop, product) pairs; None for one that is not blocked."""
    commands = [("HGET", lane_keys(shop_id).blocked, product_id) for shop_id, product_id in products]
    texts = await in_pipelines(redis, commands)
    return {
        pair: BlockedProduct.load(*pair, text) if text is not None else None
        for pair, text in zip(products, texts, strict=True)
    }


async def in_lane(redis: AnyRedis, shop_id: str, product_ids: Sequence[str]) -> set[str]:
    """Which of these have a job that waits or runs."""
    if not product_ids:
        return set()
    found = await redis.execute_command("HMGET", lane_keys(shop_id).jobs, *product_ids)
    return {product_id for product_id, payload in zip(product_ids, found, strict=True) if payload is not None}


async def in_pipelines(redis: AnyRedis, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    """The replies of many small commands, a few hundred in a round trip. Raises the first that failed."""
    replies: list[Any] = []
    for first in range(0, len(commands), PIPELINED):
        batch = commands[first : first + PIPELINED]
        if not isinstance(redis, Redis):
            replies += await asyncio.gather(*(redis.execute_command(*command) for command in batch))
            continue
        async with redis.pipeline(transaction=False) as pipe:
            for command in batch:
                pipe.execute_command(*command)
            replies += await pipe.execute()
    return replies
