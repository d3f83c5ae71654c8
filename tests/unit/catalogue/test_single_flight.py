"""Results that this process knows are returned without a task, but only while they may be used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from catalogue.single_flight import SingleFlightCache
from redis_client.connect import connect
from tiktok_shop.direct import NotConnected
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.transport import Transport

LIFE_SECONDS = 60


class Credentials:
    async def access_token(self) -> str:
        return "token"

    async def refreshed(self, expired: str) -> str:
        return "token"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> SingleFlightCache:
    return SingleFlightCache(connect("redis://127.0.0.1:1"), LIFE_SECONDS, clock)


@pytest.fixture
def client() -> ShopClient:
    return ShopClient(Transport("http://127.0.0.1:1", "http://127.0.0.1:1", "key", "secret"), Credentials(), "cipher")


def returns(value: object) -> Callable[[], Awaitable[object]]:
    async def make() -> object:
        return value

    return make


async def test_result_is_ready_until_it_expires(cache: SingleFlightCache, clock: Clock, client: ShopClient) -> None:
    assert cache.ready("leaf") is None

    await cache.in_process("leaf", client, returns("rules"))

    assert cache.ready("leaf") == "rules"
    clock.now = LIFE_SECONDS + 1.0
    assert cache.ready("leaf") is None


async def test_failed_or_forgotten_result_is_not_ready(cache: SingleFlightCache, client: ShopClient) -> None:
    async def fail() -> object:
        raise NotConnected

    with pytest.raises(NotConnected):
        await cache.in_process("leaf", client, fail)
    assert cache.ready("leaf") is None

    await cache.in_process("leaf", client, returns("rules"))
    await cache.forget(("leaf",), ())
    assert cache.ready("leaf") is None
