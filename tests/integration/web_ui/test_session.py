"""Sessions and CSRF tokens of the web UI, on a real server."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from web_ui.access.identity import ANYONE, AccessOptions, User
from web_ui.access.session import SESSION_SECONDS, Session, Sessions

TOKEN = "correct horse battery"
ACCESS = AccessOptions(TOKEN, "a token to look only")
ANA = User("Ana", "viewer")


async def test_session_is_valid_at_every_gateway_until_it_ends(redis: Redis) -> None:
    first, second = Sessions(redis, ACCESS), Sessions(redis, ACCESS)
    session = await first.sign_in(ANA)
    assert await second.read(session.id) == session
    (key,) = await redis.keys("relist:web:session:*")
    assert 0 < await redis.ttl(key) <= SESSION_SECONDS
    await second.end(session)
    assert await first.read(session.id) == Session(session.id, None)


async def test_new_token_ends_all_sessions(redis: Redis) -> None:
    session = await Sessions(redis, ACCESS).sign_in(ANA)
    after = await Sessions(redis, AccessOptions("another token, as long")).read(session.id)
    assert after is not None
    assert not after.signed_in


async def test_redis_and_cookie_reveal_neither_token_nor_session(redis: Redis) -> None:
    session = await Sessions(redis, ACCESS).sign_in(ANA)
    (key,) = await redis.keys("*")
    assert session.id.encode() not in key
    assert TOKEN not in session.id
    assert TOKEN.encode() not in key


@pytest.mark.parametrize("cookie", ["", "ü", "x" * 9000])
async def test_malformed_cookie_is_not_a_session(redis: Redis, cookie: str) -> None:
    assert await Sessions(redis, ACCESS).read(cookie) is None


async def test_invented_cookie_does_not_sign_in(redis: Redis) -> None:
    assert await Sessions(redis, ACCESS).read("x" * 43) == Session("x" * 43, None)


async def test_visitor_without_login_stores_nothing(redis: Redis) -> None:
    sessions = Sessions(redis, ACCESS)
    visitor = sessions.begin()
    assert not visitor.signed_in
    assert await redis.keys("*") == []


def test_only_the_exact_token_is_accepted(redis: Redis) -> None:
    sessions = Sessions(redis, ACCESS)
    assert sessions.role_of(TOKEN) == "operator"
    assert sessions.role_of("a token to look only") == "viewer"
    assert not any(sessions.role_of(wrong) for wrong in ("", TOKEN[:-1], TOKEN + " ", "\ud800"))
    assert not Sessions(redis, AccessOptions()).role_of("")


def test_csrf_token_belongs_to_its_session(redis: Redis) -> None:
    sessions = Sessions(redis, ACCESS)
    mine, other = sessions.begin(), sessions.begin()
    assert sessions.is_csrf(mine, sessions.csrf(mine))
    assert not sessions.is_csrf(mine, sessions.csrf(other))
    assert not sessions.is_csrf(mine, "")
    assert not sessions.is_csrf(mine, "ü")


async def test_without_a_token_everyone_is_signed_in(redis: Redis) -> None:
    sessions = Sessions(redis, AccessOptions())
    assert sessions.begin().signed_in
    assert await sessions.read("x" * 43) == Session("x" * 43, ANYONE)
