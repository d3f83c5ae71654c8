"""An inspection asks a second account before it reports the cause of one account for all shops of the app."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from aiohttp import web
from redis.asyncio import Redis

from authorisation.inspection import Inspection, inspect_shops
from console.diagnosis.shops import shop_findings
from model.shop import Shop
from tests.support.any_path import serving
from tiktok_shop.transport import Transport
from tiktok_shop.webhooks import SUBSCRIBED_EVENTS
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore

ADDRESS = "https://relist.example.com/webhooks/tiktok"
SHOPS = [Shop(str(number), f"c{number}", "US", str(number)) for number in range(1, 6)]
THROTTLED = (429, {"code": 36009002, "message": "too many requests", "request_id": "r"})
NOT_ALLOWED = (403, {"code": 36009033, "message": "the IP address is not allowed", "request_id": "r"})


async def inspection(redis: Redis, refused: dict[str, tuple[int, object]]) -> tuple[Inspection, Counter[str]]:
    """`refused`: account -> its answer. Also returns the number of accounts' requests for their shops."""
    asked: Counter[str] = Counter()

    async def answer(request: web.Request) -> web.StreamResponse:
        account = request.headers["x-tts-access-token"]
        is_list = request.path.endswith("/shops")
        asked[account] += is_list
        if account in refused:
            status, body = refused[account]
            return web.json_response(body, status=status)
        shop = {"id": account, "cipher": f"c{account}", "region": "US", "name": account}
        hooks = [{"event_type": event, "address": ADDRESS} for event in SUBSCRIBED_EVENTS]
        data = {"shops": [shop]} if is_list else {"webhooks": hooks}
        return web.json_response({"code": 0, "message": "Success", "data": data, "request_id": "r"})

    async with serving(answer) as url, Transport(url, url, "k", "s") as transport:
        store = TokenStore(redis, TokenCipher("a key of some length"), transport, time.time)
        ends = int(time.time()) + 90 * 86_400
        for shop in SHOPS:
            await store.save(shop.account, Tokens(shop.account, "r", ends, ends))
        return await inspect_shops(transport, store, SHOPS, time.time), asked


@pytest.mark.parametrize(("answer", "slug"), [(THROTTLED, "throttled"), (NOT_ALLOWED, "allow_list")])
async def test_bad_luck_of_one_account_is_not_a_cause_of_all(
    redis: Redis, answer: tuple[int, object], slug: str
) -> None:
    found, asked = await inspection(redis, {"1": answer})
    assert {cause.slug: ids for cause, ids in found.found.items()} == {slug: {"1"}}
    assert found.taken_over == 0
    assert asked.keys() == {"1", "2", "3", "4", "5"}
    (fine,) = (each for each in shop_findings(found, time.time()) if each.verdict == "ok")
    assert fine.found.startswith("4 of 5 shops are authorised and active")


async def test_cause_of_two_accounts_is_reported_for_all_without_asking_them(redis: Redis) -> None:
    found, asked = await inspection(redis, dict.fromkeys(("1", "2", "3", "4", "5"), NOT_ALLOWED))
    assert {cause.slug: ids for cause, ids in found.found.items()} == {"allow_list": {"1", "2", "3", "4", "5"}}
    assert found.taken_over == 3
    assert asked.keys() == {"1", "2"}


async def test_throttled_shops_are_neither_fine_nor_broken(redis: Redis) -> None:
    found, _ = await inspection(redis, dict.fromkeys(("1", "2", "3", "4", "5"), THROTTLED))
    (line,) = shop_findings(found, time.time())
    assert (line.verdict, line.cause, line.fix) == ("warning", "throttled", "wait a minute, then try again")
