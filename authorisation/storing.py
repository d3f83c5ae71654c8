"""Stores the tokens of an account and the shops that they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.shop import Shop
from redis_client.connect import AnyRedis
from shop_queue.inspection_request import request_inspection
from shop_queue.producer import LaneProducer
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry
from token_store.tokens import Tokens, TokenStore


@dataclass(frozen=True, slots=True)
class StoredShop:
    shop: Shop
    previous: Shop | None
    """The shop as stored before, or None if it is new."""


async def store_shops(redis: AnyRedis, tokens: TokenStore, shops: Sequence[Shop], new: Tokens) -> list[StoredShop]:
    """Replace an account's tokens, add its shops and resume those that were parked. All `shops` belong to one account.

    Accounts that have no shop left lose their tokens. Raises RedisError.
    """
    registry = ShopRegistry(redis)
    before = {each.shop_id: each for each in await registry.all()}
    await tokens.replace(shops[0].account, new)
    for shop in shops:
        await registry.add(shop)
    after = await registry.all()
    in_use = {each.account for each in after}
    for account in sorted({each.account for each in before.values()} - in_use):
        await tokens.forget(account)
    await _resume(redis, [each.shop_id for each in after if each.account == shops[0].account])
    await request_inspection(redis)
    return [StoredShop(shop, before.get(shop.shop_id)) for shop in shops]


async def _resume(redis: AnyRedis, shop_ids: Sequence[str]) -> None:
    """Parked shops may be waiting for new tokens; a shop with another problem is parked again."""
    lanes = LaneProducer(redis)
    for shop_id, control in zip(shop_ids, await LaneReader(redis).controls(shop_ids), strict=True):
        if control.state == "parked":
            await lanes.set_state(shop_id, "active")
