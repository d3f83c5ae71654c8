"""A shop whose tokens or cipher belong to another shop is recognised."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from model.shop import Shop
from tiktok_shop.catalogue import AuthorizedShop
from tiktok_shop.errors import BadRequest, Transient
from worker.shop_authorisation import ShopAuthorisation, ShopNotAuthorised, contradiction

SHOP = Shop("1", "ROW_1", "US", "acc")


@pytest.mark.parametrize(
    ("authorised", "problem"),
    [
        ((("1", "ROW_1"),), ""),
        ((("2", "ROW_2"), ("1", "ROW_1")), ""),
        ((), ""),
        ((("1", "ROW_new"),), ""),
        ((("1", ""),), ""),
        ((("2", "ROW_2"),), "cover other shops (2), not shop 1"),
        ((("2", "ROW_1"), ("1", "ROW_2")), "the cipher of shop 1 belongs to shop 2"),
    ],
)
def test_contradiction_with_the_platforms_list(authorised: tuple[tuple[str, str], ...], problem: str) -> None:
    shops = tuple(AuthorizedShop(shop_id, "", "US", cipher) for shop_id, cipher in authorised)
    found = contradiction(SHOP, shops)
    assert problem in found
    assert bool(found) == bool(problem)


class SlowClient:
    """Answers when the test allows it."""

    def __init__(self, *shops: AuthorizedShop) -> None:
        self.shops, self.may_answer, self.asked = shops, asyncio.Event(), 0

    async def authorized_shops(self) -> tuple[AuthorizedShop, ...]:
        self.asked += 1
        await self.may_answer.wait()
        return self.shops


async def checked_together(client: Any, jobs: int) -> list[BaseException | None]:
    """All jobs ask before the platform answers."""
    authorisation = ShopAuthorisation()
    checks = [asyncio.create_task(authorisation.check(SHOP, client)) for _ in range(jobs)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not any(check.done() for check in checks)
    client.may_answer.set()
    return await asyncio.gather(*checks, return_exceptions=True)


async def test_no_job_of_a_shop_runs_before_its_first_check_has_ended() -> None:
    client = SlowClient(AuthorizedShop("2", "", "US", "ROW_2"))
    ends = await checked_together(client, 3)
    assert [type(end) for end in ends] == [ShopNotAuthorised] * 3
    assert client.asked == 1


async def test_jobs_of_a_shop_share_a_check() -> None:
    client = SlowClient(AuthorizedShop("1", "", "US", "ROW_1"))
    assert await checked_together(client, 3) == [None] * 3
    assert client.asked == 1


class FailingClient:
    def __init__(self, error: Exception) -> None:
        self.error, self.asked = error, 0

    async def authorized_shops(self) -> tuple[AuthorizedShop, ...]:
        self.asked += 1
        raise self.error


async def asked_twice(error: Exception) -> int:
    client: Any = FailingClient(error)
    authorisation = ShopAuthorisation()
    for _ in range(2):
        await authorisation.check(SHOP, client)
    return int(client.asked)


async def test_the_next_job_asks_again_after_an_outage() -> None:
    assert await asked_twice(Transient("service unavailable", http_status=503)) == 2


async def test_a_platform_without_the_list_is_not_asked_by_every_job() -> None:
    assert await asked_twice(BadRequest("no such path", code=36009009)) == 1
