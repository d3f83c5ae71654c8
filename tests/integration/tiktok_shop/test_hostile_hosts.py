"""No response causes an edit to be sent twice, is trusted without reason, or reaches another request, on either
path.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from authorisation.causes import cause_of
from tests.support.any_path import serving
from tests.support.raw_host import Answer, RawHost, envelope, http, raw_host, raw_response
from tiktok_shop import endpoints
from tiktok_shop.errors import Throttled, TikTokShopError, Transient
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.transport import Transport

TOKEN = "token-of-the-shop"
BODY = envelope("r1")
LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKS = b"%x;a=b\r\n%s\r\n%x\r\n%s\r\n0\r\n" % (9, BODY[:9], len(BODY) - 9, BODY[9:])
CHUNKED = b"Transfer-Encoding: chunked"
FORGED = http(envelope("forged"))

BELIEVED = {
    "plain": Answer(http(BODY)),
    "headers in odd case": Answer(raw_response(BODY, b"cOnTeNt-LeNgTh:%d" % len(BODY), b"CONNECTION: Keep-Alive")),
    "chunks with an extension": Answer(raw_response(CHUNKS + b"\r\n", b"tRANSFER-eNCODING: CHUNKED")),
    "trailers": Answer(
        raw_response(
            CHUNKS + b"Content-Encoding: gzip\r\nDate: Mon, 01 Jan 2035 00:00:00 GMT\r\nRetry-After: 9\r\n\r\n", CHUNKED
        )
    ),
    "until the end": Answer(raw_response(BODY), "close"),
    "a coding without chunks": Answer(raw_response(BODY, b"Transfer-Encoding: identity"), "close"),
    "HTTP/1.0": Answer(http(BODY, status=b"HTTP/1.0 200 OK"), "close"),
    "close": Answer(http(BODY, b"Connection: close")),
    "no reason": Answer(http(BODY, status=b"HTTP/1.1 200")),
    "early hints": Answer(b"HTTP/1.1 103 Early Hints\r\nContent-Encoding: gzip\r\n\r\n" * 2 + http(BODY)),
    "line feeds": Answer(http(BODY).replace(b"\r\n", b"\n")),
    "folded header": Answer(http(BODY, b"X: a\r\n  b")),
    "long header": Answer(http(BODY, b"Set-Cookie: " + b"x" * 20_000)),
    "gzip": Answer(http(gzip.compress(BODY), b"Content-Encoding: GZIP")),
}
NOT_BELIEVED = {
    "nothing": Answer(b"", "close"),
    "reset": Answer(b"", "reset"),
    "reset in the body": Answer(raw_response(BODY[:-1], LENGTH), "reset"),
    "cut": Answer(raw_response(BODY[:-1], LENGTH), "close"),
    "cut chunks": Answer(raw_response(CHUNKS[:-3], CHUNKED), "close"),
    "cut without a length": Answer(raw_response(BODY[:-1]), "close"),
    "cut gzip": Answer(http(gzip.compress(BODY)[:-12], b"Content-Encoding: gzip")),
    "no gzip": Answer(http(BODY, b"Content-Encoding: gzip")),
    "unlabelled gzip": Answer(http(gzip.compress(BODY))),
    "gzip twice": Answer(http(gzip.compress(gzip.compress(BODY)), b"Content-Encoding: gzip, gzip")),
    "brotli": Answer(http(b"\x0b\x02\x80abc\x03", b"Content-Encoding: br")),
    "two lengths": Answer(raw_response(BODY, LENGTH, b"Content-Length: 1"), "close"),
    "short length": Answer(raw_response(BODY, b"Content-Length: 1"), "close"),
    "negative length": Answer(raw_response(BODY, b"Content-Length: -1"), "close"),
    "huge length": Answer(raw_response(BODY, b"Content-Length: 99999999999999999999999"), "close"),
    "length and chunks": Answer(raw_response(CHUNKS + b"\r\n", LENGTH, CHUNKED), "close"),
    "bad chunk": Answer(raw_response(b"-1\r\n", CHUNKED), "close"),
    "endless trailer": Answer(raw_response(CHUNKS + b"X: " + b"x" * 1_000_000, CHUNKED), "close"),
    "endless header": Answer(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000, "close"),
    "endless chunk extension": Answer(raw_response(b"1;" + b"x" * 1_000_000, CHUNKED), "close"),
    "only a hint": Answer(b"HTTP/1.1 103 Early Hints\r\n\r\n", "close"),
    "another protocol": Answer(b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + FORGED, "close"),
    "not HTTP": Answer(b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80", "close"),
    "HTTP/0.9": Answer(BODY, "close"),
    "no status": Answer(http(BODY, status=b"HTTP/1.1 000 X")),
    "bytes after the end": Answer(http(BODY) + b"more"),
    "204": Answer(http(b"", status=b"HTTP/1.1 204 No Content")),
    "204 with a body": Answer(http(BODY, status=b"HTTP/1.1 204 No Content")),
    "304": Answer(raw_response(b"", LENGTH, status=b"HTTP/1.1 304 Not Modified")),
    "redirect": Answer(http(BODY, b"Location: http://localhost:1/", status=b"HTTP/1.1 307 Temporary Redirect")),
    "407": Answer(http(b"", status=b"HTTP/1.1 407 Proxy Authentication Required")),
    "success that failed": Answer(http(BODY, status=b"HTTP/1.1 502 Bad Gateway")),
}


@dataclass(frozen=True, slots=True)
class Ends:
    host: RawHost
    transport: Transport

    async def edit(self) -> str | None:
        return (await self.transport.send(endpoints.EDIT_PRODUCT, "/edit", TOKEN, body={"a": 1})).request_id

    async def read(self) -> str | None:
        return (await self.transport.send(endpoints.GET_PRODUCT, "/read", TOKEN)).request_id

    def edits(self) -> int:
        return sum(head.startswith("PUT") for head in self.host.heads)


@pytest.fixture(params=["direct", "session"])
async def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ends]:
    if request.param == "session":
        monkeypatch.setitem(sys.modules, "httptools", None)
    async with raw_host() as host, Transport(host.url, host.url, "key", "secret") as transport:
        assert (transport._pool.direct is None) == (request.param == "session")
        yield Ends(host, transport)


@pytest.mark.parametrize("name", BELIEVED)
async def test_response_is_believed_and_ends_where_it_ends(ends: Ends, name: str) -> None:
    ends.host.answers.append(BELIEVED[name])
    assert await ends.edit() == "r1"
    assert await ends.read() == "r2"
    assert ends.edits() == 1
    assert ends.transport._clock.offset == 0.0, "a trailer moved the clock"


@pytest.mark.parametrize("name", NOT_BELIEVED)
async def test_edit_without_a_sound_response_has_an_unknown_outcome(ends: Ends, name: str) -> None:
    ends.host.answers.append(NOT_BELIEVED[name])
    with pytest.raises(Transient) as problem:
        await ends.edit()
    assert problem.value.outcome_unknown
    assert TOKEN not in str(problem.value) + repr(problem.value)
    assert await ends.read() == "r2"
    assert ends.edits() == 1


async def test_edit_whose_response_is_cut_anywhere_has_an_unknown_outcome(ends: Ends) -> None:
    whole = http(BODY)
    for length in range(len(whole)):
        ends.host.answers.append(Answer(whole[:length], "close"))
        with pytest.raises(Transient) as problem:
            await ends.edit()
        assert problem.value.outcome_unknown, whole[:length]
    assert ends.edits() == len(whole)


async def test_trailers_stay_with_their_response(ends: Ends) -> None:
    ends.host.answers.append(Answer(raw_response(CHUNKS + b"Retry-After: 9\r\n\r\n", CHUNKED)))
    ends.host.answers.append(Answer(http(b"", status=b"HTTP/1.1 429 Too Many Requests")))
    await ends.edit()
    with pytest.raises(Throttled) as throttled:
        await ends.read()
    assert throttled.value.retry_after is None
    assert len(ends.host.writers) == 1


async def test_edit_is_not_believed_if_the_response_is_about_another_product(ends: Ends) -> None:
    client = ShopClient(ends.transport, _Token(), "cipher")
    ends.host.answers.append(Answer(http(b'{"code":0,"request_id":"r1","data":{"product_id":"2"}}')))
    with pytest.raises(Transient, match="another product") as problem:
        await client.edit_product("1", {})
    assert problem.value.outcome_unknown
    ends.host.answers.append(Answer(http(b'{"code":0,"request_id":"r2","data":{"product_id":1}}')))
    assert (await client.edit_product("1", {})).request_id == "r2"


class _Token:
    async def access_token(self) -> str:
        return TOKEN

    async def refreshed(self, expired: str) -> str:
        return TOKEN


@pytest.mark.parametrize(("url", "network"), [("http://127.0.0.1:{port}", "connect"), ("http://a..example", "dns"),
                                              (f"http://{'a' * 64}.example", "dns")])  # fmt: skip
async def test_edit_that_found_no_host_was_not_sent(ends: Ends, url: str, network: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # It does not listen.
        at = url.format(port=silent.getsockname()[1])
        async with Transport(at, at, "key", "secret") as transport:
            with pytest.raises(Transient) as problem:
                await transport.send(endpoints.EDIT_PRODUCT, "/edit", TOKEN, body={"a": 1})
    assert (problem.value.outcome_unknown, problem.value.network) == (False, network)


async def test_a_host_without_tls_is_not_blamed_on_a_certificate() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response()

    async with serving(answer) as url:
        at = url.replace("http:", "https:")
        async with Transport(at, at, "key", "secret") as transport:
            with pytest.raises(Transient) as direct:
                await transport.send(endpoints.EDIT_PRODUCT, "/edit", TOKEN, body={"a": 1})
            with pytest.raises(Transient) as by_session:
                await transport.token_request("token_get", {})
    for problem in (direct, by_session):
        assert (problem.value.outcome_unknown, problem.value.network) == (False, "no_tls")
        assert "does not answer in TLS" in cause_of(problem.value).what


async def test_edit_whose_connection_takes_too_long_was_not_sent(ends: Ends) -> None:
    at = ends.host.url.replace("http:", "https:")  # The host waits for the end of a request.
    async with Transport(at, at, "key", "secret", connect_seconds=0.05) as transport:
        with pytest.raises(Transient) as problem:
            await transport.send(endpoints.EDIT_PRODUCT, "/edit", TOKEN, body={"a": 1})
    assert (problem.value.outcome_unknown, problem.value.network) == (False, "timeout")


async def test_requests_share_one_lookup(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lookup that hangs holds a thread that the rest of the process needs."""
    asked: list[object] = []

    def found(host: object, port: int, *args: object, **options: object) -> object:
        asked.append(host)
        return look_up("127.0.0.1", port)

    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", found)
    at = ends.host.url.replace("127.0.0.1", "host.example")
    async with Transport(at, at, "key", "secret") as transport:
        send = transport.send
        await asyncio.gather(*(send(endpoints.GET_PRODUCT, "/read", TOKEN) for _ in range(20)))
    assert (asked, len(ends.host.heads)) == (["host.example"], 20)


async def test_nothing_is_sent_after_the_end(ends: Ends) -> None:
    await ends.transport.__aexit__(None, None, None)
    with pytest.raises(RuntimeError, match="closed"):
        await ends.edit()
    assert not ends.host.heads


async def test_error_names_no_token(ends: Ends) -> None:
    with pytest.raises((TikTokShopError, ValueError)) as problem:
        await ends.transport.send(endpoints.EDIT_PRODUCT, "/edit", f"{TOKEN}\r\nx: y", body={"a": 1})
    assert TOKEN not in str(problem.value)
