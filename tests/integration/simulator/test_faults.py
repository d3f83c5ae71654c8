"""Faults on demand, and whether the request was executed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import orjson
import pytest

from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body
from tests.support.simulator_client import Client
from tests.support.simulator_waiting import some_movable

CATEGORIES = "/product/202309/categories"
CREATE = "/product/202309/products"


async def ask(client: Client, shop: int = 0) -> tuple[int, int]:
    answer = await client.call("GET", CATEGORIES, category_version="v2", shop=shop)
    return answer.status, answer.code


async def test_an_outage_and_its_end(platform: Platform) -> None:
    client = await platform()
    await client.faults(outage=True)
    assert await ask(client) == (503, -1)
    assert (await client.plain("GET", "/api/v2/token/refresh")).status == 503
    await client.faults(outage=False)
    assert await ask(client) == (200, 0)


@pytest.mark.parametrize(
    ("fault", "status", "code", "done"),
    [("error_share", 500, 36009003, 0), ("html_share", 200, -1, 0), ("malformed_share", 200, -1, 1)],
)
async def test_a_bad_response_is_sent_after_or_before_the_edit(
    platform: Platform, fault: str, status: int, code: int, done: int
) -> None:
    client = await platform()
    await client.faults(**{fault: 1.0})
    answer = await client.call("POST", CREATE, create_body(client.world, client.shop()))
    assert (answer.status, answer.code) == (status, code)
    assert (await client.ledger())["created"] == done


@pytest.mark.parametrize(("fault", "done"), [("reset_before_share", 0), ("reset_share", 1)])
async def test_connections_close_before_or_after_the_edit(platform: Platform, fault: str, done: int) -> None:
    client = await platform()
    body = create_body(client.world, client.shop(), idempotency_key="k-1")
    await client.faults(**{fault: 1.0, "only": ["create_product"]})
    with pytest.raises(aiohttp.ClientError):
        await client.call("POST", CREATE, body)
    assert await ask(client) == (200, 0), "other shops continue"
    await client.faults(**{fault: 0.0})
    assert (await client.call("POST", CREATE, body)).code == (12052996 if done else 0)
    assert (await client.ledger())["created"] == 1


async def test_faults_strike_their_share_of_requests(platform: Platform) -> None:
    client = await platform()
    await client.faults(error_share=0.5)
    statuses = [(await ask(client))[0] for _ in range(60)]
    assert {200, 500} == set(statuses)


async def test_latency(platform: Platform) -> None:
    client = await platform()
    await client.faults(latency_seconds=0.05)
    began = time.monotonic()
    assert await ask(client) == (200, 0)
    assert time.monotonic() - began >= 0.05


async def test_a_dead_token_affects_one_shop(platform: Platform) -> None:
    client = await platform()
    await client.faults(shop_id=client.shop(1).shop_id, token_dead=True)
    assert await ask(client, shop=1) == (401, 105002)
    assert await ask(client) == (200, 0)
    await client.faults(shop_id=client.shop(1).shop_id, token_dead=False)
    assert await ask(client, shop=1) == (200, 0)


async def test_the_quota_can_change_while_it_runs(platform: Platform) -> None:
    client = await platform()
    (_, _), (identity, body) = some_movable(client, 2)
    await client.faults(quota_per_day=0)
    assert (await client.edit(identity, body)).code == 12052093
    await client.faults(quota_per_day=1)
    assert (await client.edit(identity, body)).code == 0


async def test_the_allowance_is_enforced_and_can_change(platform: Platform) -> None:
    client = await platform(unlimited=False, reads_per_second=(8, 8), writes_per_second=(4, 4))
    shop = client.shop().shop_id

    async def taken() -> int:
        answers = await asyncio.gather(*(ask(client) for _ in range(60)))
        assert {answer for answer in answers if answer[1]} <= {(429, 36009002)}
        return sum(not code for _, code in answers)

    assert 1 <= await taken() <= 16
    await client.faults(shop_id=shop, reads_per_second=1)
    assert client.shop().reads.per_second == 1
    await client.faults(shop_id=shop, allowance_factor=0.5)
    assert (client.shop().reads.per_second, client.shop().writes.per_second) == (1, 2)
    assert client.shop(1).reads.per_second == 8
    assert (await client.ledger())["throttled"] > 0


async def test_reads_and_writes_have_separate_allowances(platform: Platform) -> None:
    client = await platform(unlimited=False, reads_per_second=(1, 1), writes_per_second=(50, 50))
    while (await ask(client))[1] == 0:
        pass
    answer = await client.call("POST", "/product/202309/products/listing_check", {"category_version": "v2"})
    assert answer.code == 0


async def test_retry_after_on_and_off(platform: Platform) -> None:
    client = await platform(unlimited=False, reads_per_second=(1, 1))
    for tells in (True, False):
        await client.faults(tells_retry_after=tells)
        while (answer := await client.call("GET", CATEGORIES, category_version="v2")).code == 0:
            pass
        assert answer.headers.get("retry-after") == ("1" if tells else None)


@pytest.mark.parametrize(
    "wanted",
    [
        {"no_such_fault": 1},
        {"error_share": 1.5},
        {"error_share": "much"},
        {"bad_answers": ["no_such_answer"]},
        {"outage": 1},
        {"only": "create_product"},
        {"quota_per_day": -1},
        {"shop_id": "17", "token_dead": True},
        {"token_dead": True},
        {"outage": True, "latency_seconds": -1},
        [],
    ],
)
async def test_a_wrong_fault_is_named_and_changes_nothing(platform: Platform, wanted: Any) -> None:
    client = await platform()
    before = (await client.plain("GET", "/simulator/faults")).raw
    answer = await client.plain("POST", "/simulator/faults", wanted)
    assert answer.status == 400
    assert answer.raw.strip()
    assert (await client.plain("GET", "/simulator/faults")).raw == before


async def test_shops_list_everything_a_client_needs(platform: Platform) -> None:
    client = await platform()
    shops = orjson.loads((await client.plain("GET", "/simulator/shops")).raw)
    assert len(shops) == 2
    assert {"shop_id", "cipher", "region", "name", "access_token", "refresh_token", "access_expires",
            "refresh_expires", "warehouse_ids", "auth_code"} <= shops[0].keys()  # fmt: skip
