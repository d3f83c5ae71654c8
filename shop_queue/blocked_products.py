"""Reads the blocked products of shops: one hash per shop, product id -> record of the outcome that blocks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

from model.blocked_product import BlockedProduct
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from shop_queue.keys import lane_keys

SCAN_COUNT = 200


async def count_blocked(redis: AnyRedis, shop_ids: Sequence[str]) -> dict[str, int]:
    """Number of blocked products per shop; shops without any are omitted."""
    keys = [lane_keys(shop_id).blocked for shop_id in shop_ids]
    lengths = await in_pipelines(redis, [("HLEN", key) for key in keys])
    return {shop_id: int(length) for shop_id, length in zip(shop_ids, lengths, strict=True) if length}


async def scan_blocked(
    redis: AnyRedis, shop_id: str, *, count: int = SCAN_COUNT
) -> AsyncIterator[list[BlockedProduct]]:
    """Yields a shop's blocked products, about `count` at a time and each once, although HSCAN may repeat fields."""
    async for fresh in scan_blocked_texts(redis, shop_id, count=count):
        yield [BlockedProduct.load(shop_id, product_id, text) for product_id, text in fresh.items()]


async def scan_blocked_texts(
    redis: AnyRedis, shop_id: str, *, count: int = SCAN_COUNT
) -> AsyncIterator[dict[str, bytes]]:
    """As `scan_blocked`, but unparsed: product id -> record."""
    key, cursor, seen = lane_keys(shop_id).blocked, 0, set[bytes]()
    while True:
        cursor, entries = await redis.hscan(key, cursor, count=count)
        fresh = {product_id: text for product_id, text in entries.items() if product_id not in seen}
        seen.update(fresh)
        if fresh:
            yield {product_id.decode(): text for product_id, text in fresh.items()}
        if cursor == 0:
            return


async def blocked_of_shops(
    redis: AnyRedis, shop_ids: Sequence[str]
) -> AsyncIterator[tuple[list[BlockedProduct], int, int]]:
    """Yields batches, each of one large shop or of many small ones, with the products read so far and in total.

    One round trip reads many small shops: a round trip per shop would dominate the time in a fleet of ten thousand.
    """
    counts = await count_blocked(redis, shop_ids)
    read, total = 0, sum(counts.values())
    for shops in _groups(counts):
        if len(shops) == 1:
            async for batch in scan_blocked(redis, shops[0]):
                read += len(batch)
                yield batch, read, max(read, total)
        else:
            several = await _all_blocked(redis, shops)
            read += len(several)
            yield several, read, max(read, total)


def _groups(counts: Mapping[str, int]) -> Iterator[list[str]]:
    """Consecutive shops with at most SCAN_COUNT products together, or one with more."""
    group: list[str] = []
    products = 0
    for shop_id, count in counts.items():
        if group and products + count > SCAN_COUNT:
            yield group
            group, products = [], 0
        group.append(shop_id)
        products += count
    if group:
        yield group


async def _all_blocked(redis: AnyRedis, shop_ids: Sequence[str]) -> list[BlockedProduct]:
    """Reads small hashes as a whole."""
    replies = await in_pipelines(redis, [("HGETALL", lane_keys(shop_id).blocked) for shop_id in shop_ids])
    return [
        BlockedProduct.load(shop_id, product_id.decode(), text)
        for shop_id, entries in zip(shop_ids, replies, strict=True)
        for product_id, text in entries.items()
    ]


async def read_blocked(
    redis: AnyRedis, products: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], BlockedProduct | None]:
    """The blocked records of these (shop, product) pairs; None for a product that is not blocked."""
    commands = [("HGET", lane_keys(shop_id).blocked, product_id) for shop_id, product_id in products]
    texts = await in_pipelines(redis, commands)
    return {
        pair: BlockedProduct.load(*pair, text) if text is not None else None
        for pair, text in zip(products, texts, strict=True)
    }


async def found_since(redis: AnyRedis, products: Iterable[BlockedProduct]) -> frozenset[tuple[str, str]]:
    """Return the (shop, product) pairs blocked by a dry run that a real job or search has found as well.

    A dry run makes no product known. Answers and retries for these products lead to edits.
    """
    dry = [(each.shop_id, each.product_id) for each in products if each.is_dry_run]
    known = await in_pipelines(redis, [("HEXISTS", lane_keys(shop_id).products, each) for shop_id, each in dry])
    return frozenset(pair for pair, is_known in zip(dry, known, strict=True) if is_known)


async def queued_of(redis: AnyRedis, shop_id: str, product_ids: Sequence[str]) -> set[str]:
    """The products of a shop that have a waiting or running job; `product_ids` must not be empty."""
    found = await redis.execute_command("HMGET", lane_keys(shop_id).jobs, *product_ids)
    return {product_id for product_id, payload in zip(product_ids, found, strict=True) if payload is not None}


async def in_lane(redis: AnyRedis, products: Sequence[BlockedProduct]) -> set[tuple[str, str]]:
    """The (shop, product) pairs that have a waiting or running job."""
    by_shop: dict[str, list[str]] = {}
    for product in products:
        by_shop.setdefault(product.shop_id, []).append(product.product_id)
    commands = [("HMGET", lane_keys(shop_id).jobs, *product_ids) for shop_id, product_ids in by_shop.items()]
    replies = await in_pipelines(redis, commands)
    return {
        (shop_id, product_id)
        for (shop_id, product_ids), payloads in zip(by_shop.items(), replies, strict=True)
        for product_id, payload in zip(product_ids, payloads, strict=True)
        if payload is not None
    }
