"""Signature, time, cipher, token, scope and request checks."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.integration.simulator.conftest import Platform
from tests.support.simulator_client import signature

CATEGORIES = "/product/202309/categories"
SEARCH = "/product/202502/products/search"


async def test_a_signed_request_is_answered(platform: Platform) -> None:
    client = await platform()
    answer = await client.call("GET", CATEGORIES, category_version="v2")
    assert (answer.status, answer.code, answer.message) == (200, 0, "Success")
    assert {"id", "parent_id", "local_name", "is_leaf", "permission_statuses"} == answer.data["categories"][0].keys()


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ({"app_key": "other"}, 36009004, "app_key"),
        ({"timestamp": "soon"}, 36009004, "timestamp"),
        ({"sign": "0" * 64}, 106001, "signature"),
        ({"shop_cipher": None}, 106013, "shop_cipher is missing"),
        ({"shop_cipher": "ROW_nobody"}, 101000, "does not match"),
        ({"shop_cipher": "ROW_sim000001"}, 101000, "does not match"),
    ],
)
async def test_a_wrong_parameter_is_refused(platform: Platform, query: dict[str, Any], code: int, said: str) -> None:
    client = await platform()
    answer = await client.call("GET", CATEGORIES, **{"category_version": "v2", **query})
    assert (answer.code, said in answer.message) == (code, True), answer
    assert answer.status in (400, 401)


async def test_the_window_is_five_minutes_behind_and_thirty_seconds_ahead(platform: Platform) -> None:
    client = await platform()
    for seconds, code, said in ((-290, 0, ""), (-310, 36009004, "expired"), (20, 0, ""), (45, 36009004, "ahead")):
        answer = await client.call("GET", CATEGORIES, category_version="v2", timestamp=str(int(time.time()) + seconds))
        assert (answer.code, said in answer.message) == (code, True), seconds


async def test_a_signature_is_lowercase_and_over_the_bytes_that_are_sent(platform: Platform) -> None:
    client = await platform()
    spaced = b'{ "category_version" : "v1" }'
    assert (await client.call("POST", SEARCH, content=spaced, page_size="1")).code == 0
    query = {"app_key": "simulated-key", "timestamp": str(int(time.time())), "shop_cipher": client.shop().cipher}
    query["page_size"] = "1"
    compact = signature(SEARCH, query, b'{"category_version":"v1"}')
    assert (await client.call("POST", SEARCH, content=spaced, sign=compact, **query)).code == 106001
    upper = signature(SEARCH, query, spaced).upper()
    assert (await client.call("POST", SEARCH, content=spaced, sign=upper, **query)).code == 106001


async def test_an_unexpected_cipher_is_refused(platform: Platform) -> None:
    client = await platform()
    answer = await client.call("GET", "/authorization/202309/shops", shop_cipher=client.shop().cipher)
    assert (answer.code, "not required" in answer.message) == (36009004, True)


async def test_bad_and_dead_tokens_are_refused(platform: Platform) -> None:
    client = await platform()

    async def ask(token: str) -> tuple[int, int]:
        answer = await client.call("GET", CATEGORIES, category_version="v2", headers={"x-tts-access-token": token})
        return answer.status, answer.code

    assert await ask("") == (401, 36009004)
    assert await ask("TTP_sim_nobody_0") == (401, 36009004)
    assert await ask("rubbish") == (401, 36009004)
    assert await ask(client.shop().access_token(5)) == (401, 36009004)
    await client.faults(shop_id=client.shop().shop_id, token_dead=True)
    assert await ask(client.shop().access_token()) == (401, 105002)
    assert (await client.call("GET", CATEGORIES, category_version="v2", shop=1)).code == 0


async def test_a_token_expires(platform: Platform) -> None:
    client = await platform(access_token_seconds=0)
    assert (await client.call("GET", CATEGORIES, category_version="v2")).code == 105002


async def test_a_missing_scope_is_refused(platform: Platform) -> None:
    client = await platform()
    await client.faults(shop_id=client.shop().shop_id, scopes=["seller.product.basic"])
    assert (await client.call("GET", CATEGORIES, category_version="v2")).code == 0
    answer = await client.edit("1729000000000000001", {})
    assert (answer.status, answer.code) == (403, 105005)


async def test_unknown_paths_versions_and_methods(platform: Platform) -> None:
    client = await platform()
    assert (await client.call("GET", "/product/202309/nowhere")).code == 36009009
    assert (await client.call("GET", "/product/202201/categories")).code == 36009014
    assert (await client.call("GET", "/product/209912/products/17290")).code == 36009014
    assert (await client.call("DELETE", "/product/202309/products/17290")).code == 36009010


async def test_a_body_must_be_a_json_object(platform: Platform) -> None:
    client = await platform()
    for content in (b"{", b"[1]", b"\xff\xfe"):
        assert (await client.call("POST", SEARCH, content=content, page_size="1")).code == 36009004
    form = await client.call("POST", SEARCH, content=b"a=b", content_type="text/plain", page_size="1")
    assert form.code == 36009022
    huge = await client.call("POST", SEARCH, content=b" " * (13 * 1024 * 1024), page_size="1")
    assert (huge.status, huge.code) == (413, 36009021)


async def test_one_authorisation_can_cover_several_shops(platform: Platform) -> None:
    client = await platform(shops=3, shops_per_authorization=2)
    assert client.shop(0).access_token() == client.shop(1).access_token() != client.shop(2).access_token()
    answer = await client.call("GET", "/authorization/202309/shops")
    assert [shop["cipher"] for shop in answer.data["shops"]] == [client.shop(0).cipher, client.shop(1).cipher]
    own = {"x-tts-access-token": client.shop(0).access_token()}
    for number, code in ((0, 0), (1, 0), (2, 101000)):
        query = {"category_version": "v2", "shop_cipher": client.shop(number).cipher}
        assert (await client.call("GET", CATEGORIES, headers=own, **query)).code == code


async def token(client: Any, kind: str, **query: str) -> Any:
    app = {"app_key": "simulated-key", "app_secret": "simulated-secret"}
    return await client.plain("GET", f"/api/v2/token/{kind}", **{**app, **query})


async def test_an_auth_code_works_once_then_tokens_refresh(platform: Platform) -> None:
    client = await platform()
    account = client.shop().account
    grant = {"auth_code": account.auth_code, "grant_type": "authorized_code"}
    got = await token(client, "get", **grant)
    assert got.code == 0
    assert got.data.keys() == {
        "access_token", "access_token_expire_in", "refresh_token", "refresh_token_expire_in", "open_id", "seller_name",
        "seller_base_region", "user_type", "granted_scopes",
    }  # fmt: skip
    assert abs(got.data["access_token_expire_in"] - time.time() - 7 * 86400) < 60, "absolute unix seconds"
    assert (await token(client, "get", **grant)).code == 36004004
    refresh = {"refresh_token": got.data["refresh_token"], "grant_type": "refresh_token"}
    refreshed = await token(client, "refresh", **refresh)
    assert refreshed.data["access_token"] == account.access_token() != got.data["access_token"]
    assert (await token(client, "refresh", refresh_token="TTR_sim_x_0", grant_type="refresh_token")).code == 36004004
    assert (await token(client, "refresh", **{**refresh, "grant_type": "password"})).code == 36009004
    assert (await token(client, "refresh", **refresh, app_secret="guess")).code == 36009004
    await client.faults(shop_id=client.shop().shop_id, token_dead=True)
    last = {"refresh_token": account.refresh_token, "grant_type": "refresh_token"}
    assert (await token(client, "refresh", **last)).code == 36004004
