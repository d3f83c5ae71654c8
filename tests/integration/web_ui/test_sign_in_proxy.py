"""Users whom a sign-in proxy names in headers, as oauth2-proxy sends them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from record.record import Record
from shop_queue.keys import lane_keys
from tests.support.blocked_records import MATERIAL, block
from tests.support.web_ui_here import csrf, text_of, visitor_of, web_ui_server
from web_ui.access.identity import AccessOptions, SignInProxy, networks_of

ANA = {"X-Forwarded-User": "ana@example.com", "X-Forwarded-Groups": "staff,relist-operators"}
BEN = {"X-Forwarded-User": "ben@example.com", "X-Forwarded-Groups": "relist-viewers"}


def behind(networks: str) -> AccessOptions:
    return AccessOptions(proxy=SignInProxy(networks_of(networks), "relist-operators", "relist-viewers"))


@pytest.fixture
async def browser(redis: Redis, record: Record) -> AsyncIterator[ClientSession]:
    await block(redis, "7", "1", MATERIAL)
    async with web_ui_server(redis, behind("127.0.0.0/8, ::1"), record) as address, visitor_of(address) as session:
        yield session


async def pause(session: ClientSession, headers: dict[str, str], token: str) -> int:
    async with session.post("/shops/7/pause", data={"csrf": token}, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def token_of(session: ClientSession, headers: dict[str, str]) -> str:
    session.headers.update(headers)
    try:
        return await csrf(session)
    finally:
        for name in headers:
            session.headers.pop(name)


async def test_proxy_names_the_user_and_groups_give_the_role(
    redis: Redis, record: Record, browser: ClientSession
) -> None:
    assert await pause(browser, ANA, await token_of(browser, ANA)) == 303
    (entry,) = await record.actions()
    assert (entry.actor, entry.role) == ("ana@example.com", "operator")
    await redis.hdel(lane_keys("7").control, "state")  # type: ignore[misc]
    async with browser.get("/shops/7", headers=BEN) as answer:
        assert "Pause this shop" not in await answer.text()
    assert await pause(browser, BEN, await token_of(browser, BEN)) == 403
    assert await redis.hget(lane_keys("7").control, "state") is None  # type: ignore[misc]


async def test_a_session_of_one_user_is_useless_to_another(browser: ClientSession) -> None:
    token = await token_of(browser, ANA)
    carol = {**ANA, "X-Forwarded-User": "carol@example.com"}
    assert await pause(browser, carol, token) == 403
    assert await pause(browser, {}, token) == 303, "the session alone is still that of Ana"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-User": "eve@example.com", "X-Forwarded-Groups": "strangers"},
        {"X-Forwarded-User": "", "X-Forwarded-Groups": "relist-operators"},
        {"X-Forwarded-Groups": "relist-operators"},
        [*ANA.items(), ("X-Forwarded-Groups", "x")],
        [*ANA.items(), ("X-Forwarded-User", "root")],
    ],
)
async def test_headers_that_name_nobody_or_two_are_refused(browser: ClientSession, headers: object) -> None:
    async with browser.get("/", headers=headers, allow_redirects=False) as answer:  # type: ignore[arg-type]
        assert answer.status == 403


async def test_headers_from_any_other_address_are_refused(redis: Redis, record: Record) -> None:
    await block(redis, "7", "1", MATERIAL)
    async with web_ui_server(redis, behind("10.1.2.3"), record) as address, visitor_of(address) as session:
        async with session.get("/", headers=ANA, allow_redirects=False) as answer:
            assert answer.status == 403
        async with session.get("/", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (303, "/login")
        assert await pause(session, ANA, await csrf(session, "/login")) == 403
    assert await redis.keys("relist:web:session:*") == []


async def test_sign_out_ends_the_session_and_that_of_the_proxy(redis: Redis, browser: ClientSession) -> None:
    token = await token_of(browser, ANA)
    data = {"csrf": token}
    async with browser.post("/logout", data=data, headers=ANA, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (303, "/oauth2/sign_out")
    assert await redis.keys("relist:web:session:*") == []


async def test_without_a_proxy_the_headers_mean_nothing(redis: Redis, record: Record) -> None:
    options = AccessOptions("an operator's token")
    async with web_ui_server(redis, options, record) as address, visitor_of(address) as session:
        async with session.get("/", headers=ANA, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (303, "/login")
        assert "Sign in" in await text_of(session, "/login")
