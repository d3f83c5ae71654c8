"""Signed requests, controlled byte by byte: experiments also send requests that the project's own client never would.

Every response is returned, refusals included. Requests are spaced, throttled ones are repeated after a wait, and reads
are repeated when no response arrives.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import aiohttp
import orjson
from yarl import URL

from calibration.findings import Inconclusive, QuotaUsed, TryAgain
from calibration.response import RawResponse, read_response
from tiktok_shop.response_body import BodyRejected, read_body
from tiktok_shop.route import DIRECT, Route
from tiktok_shop.signing import sign_request

MAX_BYTES = 32 * 1024 * 1024
REQUEST_SECONDS = 40.0
READ_TRIES = 6
LONGEST_THROTTLE_SECONDS = 120.0
"""Maximum total wait of one request that is throttled."""
LONGEST_PAUSE_SECONDS = 30.0
SLOWEST_INTERVAL = 1.0
Carrier = Literal["header", "query"]


class AccessTokens(Protocol):
    async def access_token(self) -> str: ...

    async def refreshed(self, expired: str) -> str: ...


@dataclass(frozen=True, slots=True)
class DevelopmentApp:
    api_url: str
    key: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class Wire:
    """`rate`: maximum requests per second; it falls when the platform throttles."""

    session: aiohttp.ClientSession
    app: DevelopmentApp
    tokens: AccessTokens
    cipher: str = field(repr=False)
    rate: float = 10.0
    sent: int = 0
    _interval: float = field(init=False)
    _next_at: float = 0.0
    _large_slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def __post_init__(self) -> None:
        self._interval = 1 / self.rate

    async def read(self, method: str, path: str, body: Any = None, **query: str) -> RawResponse:
        """Send a request that changes nothing, and repeat it while no response arrives. Raises Inconclusive."""
        content = b"" if body is None else orjson.dumps(body)
        pause = 0.2
        for attempt in range(READ_TRIES):
            try:
                return await self.exchange(method, path, content=content, query=query)
            except TryAgain:
                if attempt == READ_TRIES - 1:
                    raise
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("unreachable")

    async def write(self, method: str, path: str, body: Mapping[str, Any]) -> RawResponse:
        """Send a request once. Raises TryAgain if no response arrives, because its effect is then unknown."""
        return await self.exchange(method, path, content=orjson.dumps(body))

    async def upload(self, path: str, image: bytes, use_case: str) -> RawResponse:
        """Upload an image; it is stored by its content, so a lost response does no harm."""
        for _ in range(READ_TRIES):
            form = aiohttp.FormData()
            form.add_field("data", image, filename="calibration.png")
            form.add_field("use_case", use_case)
            try:
                return await self.exchange("POST", path, form=form, takes_cipher=False)
            except TryAgain:
                continue
        raise Inconclusive("no response to an image upload arrives")

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        form: aiohttp.FormData | None = None,
        query: Mapping[str, str] | None = None,
        takes_cipher: bool = True,
    ) -> RawResponse:
        """Send one well-formed request with the shop's token; if the token is refused, refresh it once.

        Raises TryAgain if no usable response arrives, QuotaUsed, or Inconclusive if the platform does not stop
        throttling.
        """
        token = await self.tokens.access_token()
        response = await self.patient(method, path, token, content=content, form=form, query=query,
                                    takes_cipher=takes_cipher)  # fmt: skip
        if response.has_refused_token:
            token = await self.tokens.refreshed(token)
            response = await self.patient(method, path, token, content=content, form=form, query=query,
                                        takes_cipher=takes_cipher)  # fmt: skip
        if response.is_transient:
            raise TryAgain(
                f"the platform answered {method} {path} with HTTP {response.status} and code {response.code}"
            )
        return response

    async def patient(self, method: str, path: str, token: str, **options: Any) -> RawResponse:
        """Send a request as `once` does, and repeat it while it is throttled. Raises as `exchange` does."""
        waited, pause = 0.0, 0.25
        while True:
            response = await self.once(method, path, token, **options)
            if response.kind == "quota_hour":
                raise QuotaUsed(f"the hourly quota of the development shop is used up: {response}")
            if not response.is_throttled:
                return response
            self._interval = min(max(self._interval * 2, 0.02), SLOWEST_INTERVAL)
            seconds = min(_seconds(response.retry_after) or pause, LONGEST_PAUSE_SECONDS)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            waited += seconds
            if waited > LONGEST_THROTTLE_SECONDS:
                raise Inconclusive(f"the platform throttled {path} for {LONGEST_THROTTLE_SECONDS:g} s: {response}")
            await asyncio.sleep(seconds)

    async def once(
        self,
        method: str,
        path: str,
        token: str = "",
        *,
        content: bytes = b"",
        signed: bytes | None = None,
        form: aiohttp.FormData | None = None,
        query: Mapping[str, str] | None = None,
        takes_cipher: bool = True,
        carrier: Carrier = "header",
        app_key: str | None = None,
        signature: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        is_spaced: bool = True,
    ) -> RawResponse:
        """Send exactly the given request and return any response.

        `signed`: the bytes that enter the signature instead of `content`. `headers` are added, even if a name is
        repeated. Raises TryAgain if no response arrives.
        """
        if is_spaced:
            await self._space()
        parameters = {**(query or {}), "app_key": app_key or self.app.key, "timestamp": str(int(time.time()))}
        if takes_cipher:
            parameters["shop_cipher"] = self.cipher
        body = content if signed is None else signed
        parameters["sign"] = signature or sign_request(
            self.app.secret, path, parameters, body, multipart=form is not None
        )
        if token and carrier == "query":
            parameters["access_token"] = token
        sent_headers = [("accept-encoding", "gzip"), *headers]
        if token and carrier == "header":
            sent_headers.append(("x-tts-access-token", token))
        if form is None:
            sent_headers.append(("content-type", "application/json"))
        url = URL(self.app.api_url.rstrip("/") + path).with_query(parameters)
        self.sent += 1
        try:
            async with (
                asyncio.timeout(REQUEST_SECONDS),
                self.session.request(
                    method, url, data=form or content or None, headers=sent_headers, allow_redirects=False
                ) as response,
            ):
                encoding = response.headers.get("content-encoding", "")
                raw = await read_body(response.content, encoding, MAX_BYTES, self._large_slots)
                return read_response(response.status, raw, response.headers.get("retry-after"))
        except (aiohttp.ClientError, TimeoutError, OSError, BodyRejected) as error:
            raise TryAgain(f"no response to {method} {path} ({type(error).__name__})") from None

    async def _space(self) -> None:
        now = time.monotonic()
        at = max(now, self._next_at)
        self._next_at = at + self._interval
        await asyncio.sleep(at - now)


def open_session(route: Route = DIRECT, host: str = "") -> aiohttp.ClientSession:
    """Return a session that neither decompresses without bounds, nor keeps cookies, nor repeats requests.

    Every request takes the route that is configured for `host`.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=route.tls()),
        proxy=route.proxy_for(host),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )
    session._retry_connection = False
    return session


def _seconds(retry_after: str | None) -> float:
    try:
        return max(0.0, float(retry_after or 0))
    except ValueError:
        return 0.0
