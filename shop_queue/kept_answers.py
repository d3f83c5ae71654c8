"""Keeps answers with a blocked product until its next outcome, which removes them with the record.

If a question gets two different answers, the first one is kept, unless the second was given to replace it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from model.blocked_product import KEPT, BlockedProduct
from model.hint import Hint
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from redis_client.scripts import ScriptCall, load_script, run_many
from shop_queue.keys import lane_keys

Product = tuple[str, str]
"""Shop ID and product ID."""
Change = Callable[[Product, dict[str, Any]], bool]
"""Changes a record; returns False to leave it unchanged."""
BATCH = 200
MAX_TRIES = 20
"""Each try loses only to another writer of the same product."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    text: str
    """The answer as typed."""
    hint: Hint
    replaces: str = ""
    """The earlier answer that the person saw, and that this one replaces."""


@dataclass(frozen=True, slots=True)
class NewAnswers:
    at: str
    """`at` of the blocked record to which the answers belong."""
    by_question: Mapping[str, KeptAnswer]


@dataclass(slots=True)
class KeptAnswers:
    products: list[BlockedProduct] = field(default_factory=list)
    """The products with the answers that were kept."""
    refused: dict[Product, dict[str, str]] = field(default_factory=dict)
    """Questions that have another answer -> that answer."""
    outdated: list[Product] = field(default_factory=list)
    """Products blocked for another reason than when they were answered, or no longer blocked."""


def other_answer(kept: Mapping[str, Any] | None, new: KeptAnswer) -> str:
    """The kept answer, if it differs from the new one and the new one was not given to replace it; else empty."""
    if kept is None or kept.get("hint") == new.hint.dump() or kept.get("text") == new.replaces:
        return ""
    return str(kept.get("text"))


async def keep_answers(redis: AnyRedis, given: Mapping[Product, NewAnswers]) -> KeptAnswers:
    """Add the answers to the records of these products. Raises one of REDIS_UNAVAILABLE, ResponseError."""
    result = KeptAnswers()

    def add(product: Product, record: dict[str, Any]) -> bool:
        answers, kept = given[product], _kept(record)
        # A repeated try judges the record again.
        result.refused.pop(product, None)
        if str(record.get("at") or "") != answers.at:
            return False
        others = {key: other_answer(kept.get(key), each) for key, each in answers.by_question.items()}
        refused = {key: other for key, other in others.items() if other}
        if refused:
            result.refused[product] = refused
        new = {key: each for key, each in answers.by_question.items() if key not in refused}
        record[KEPT] = {**kept, **{key: {"text": each.text, "hint": each.hint.dump()} for key, each in new.items()}}
        return bool(new)

    result.products = await _changed(redis, list(given), add)
    judged = {(each.shop_id, each.product_id) for each in result.products} | result.refused.keys()
    result.outdated = [product for product in given if product not in judged]
    return result


async def forget_answers(redis: AnyRedis, products: Collection[Product], question: str = "") -> int:
    """Remove the kept answers to a question, or to all; returns the number of products that had any.

    Raises one of REDIS_UNAVAILABLE, ResponseError.
    """

    def remove(_: Product, record: dict[str, Any]) -> bool:
        kept = _kept(record)
        if not kept or (question and question not in kept):
            return False
        record[KEPT] = {key: each for key, each in kept.items() if question and key != question}
        return True

    return len(await _changed(redis, list(products), remove))


async def _changed(redis: AnyRedis, products: Sequence[Product], change: Change) -> list[BlockedProduct]:
    done = list[BlockedProduct]()
    for first in range(0, len(products), BATCH):
        pending = products[first : first + BATCH]
        for _ in range(MAX_TRIES):
            new = [each async for each in _new_texts(redis, pending, change)]
            calls = [_call(product, before, after) for product, before, after in new]
            replies = await run_many(redis, calls)
            pending = []
            for (product, _, after), reply in zip(new, replies, strict=True):
                if isinstance(reply, Exception):
                    raise reply
                if reply:
                    done.append(BlockedProduct.load(*product, after))
                else:
                    pending.append(product)
            if not pending:
                break
    return done


async def _new_texts(
    redis: AnyRedis, products: Sequence[Product], change: Change
) -> AsyncIterator[tuple[Product, bytes, bytes]]:
    """Yields the records that change: product, record before, record after."""
    texts = await in_pipelines(redis, [("HGET", lane_keys(shop).blocked, product) for shop, product in products])
    for product, text in zip(products, texts, strict=True):
        record = _read(text)
        if record is not None and change(product, record):
            yield product, text, orjson.dumps(record)


def _call(product: Product, before: bytes, after: bytes) -> ScriptCall:
    shop_id, product_id = product
    return ScriptCall(load_script("shop_queue", "keep"), [lane_keys(shop_id).blocked], [product_id, before, after])


def _read(text: bytes | None) -> dict[str, Any] | None:
    try:
        record = orjson.loads(text) if text is not None else None
    except orjson.JSONDecodeError:
        return None  # shown to the operator as `unreadable_record`; no answer helps
    return record if isinstance(record, dict) else None


def _kept(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    kept = record.get(KEPT)
    return {key: each for key, each in kept.items() if isinstance(each, dict)} if isinstance(kept, dict) else {}
