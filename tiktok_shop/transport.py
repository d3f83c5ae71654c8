"""A connection pool that signs each request at the moment it is sent and turns each response into data or an error."""

from __future__ import annotations

import asyncio
import copy
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import aiohttp
import orjson
from yarl import URL

from facts.error_codes import ErrorCodes, platform_error_codes
from tiktok_shop.app import App
from tiktok_shop.call_permits import CallObserver, NoObserver, Purpose
from tiktok_shop.connection import MAX_HEAD_BYTES, NoReply
from tiktok_shop.direct import DirectConnections, NotConnected, direct_connections
from tiktok_shop.endpoints import Endpoint
from tiktok_shop.errors import ClockSkewed, TikTokShopError, Transient, UnknownApp
from tiktok_shop.platform_clock import PlatformClock
from tiktok_shop.response import Response, malformed, parse_response, retry_after_seconds
from tiktok_shop.response_body import MAX_LARGE_RESPONSES, BodyRejected, read_body
from tiktok_shop.route import DIRECT, Route
from tiktok_shop.signing import sign_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send as multipart form data."""

    content: bytes = field(repr=False)
    filename: str
    use_case: str


@dataclass(frozen=True, slots=True)
class _Received:
    status: int
    raw: bytes | bytearray = field(repr=False)
    retry_after: float | None


@dataclass(slots=True)
class _Pool:
    """The connections that all apps share."""

    session: aiohttp.ClientSession | None = None
    direct: DirectConnections | None = None
    """None = all requests use the session."""


class Transport:
    """Sends requests for one app; safe to share between any number of tasks. `of_app` returns a transport for another
    app.

    Use as `async with Transport(...) as transport:`. `total_seconds` limits a whole request, from connecting to the
    last byte of the response.
    """

    def __init__(
        self,
        api_url: str,
        auth_url: str,
        app_key: str,
        app_secret: str,
        *,
        observer: CallObserver | None = None,
        connect_seconds: float = 5.0,
        read_seconds: float = 20.0,
        total_seconds: float = 40.0,
        connections: int = 200,
        clock: Callable[[], float] = time.time,
        error_codes: Callable[[], ErrorCodes] = platform_error_codes,
        apps: Mapping[str, App] | None = None,
        route: Route = DIRECT,
    ) -> None:
        """`error_codes` returns the table that classifies errors; it is called for each one. `apps`: additional apps,
        by name.
        """
        self._api_url, self._auth_url = api_url.rstrip("/"), auth_url.rstrip("/")
        self._app = App(app_key, app_secret)
        self._apps = {**(apps or {}), "": self._app}
        self._observer = observer or NoObserver()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds, sock_read=read_seconds)
        self._connect_seconds, self._read_seconds, self._total_seconds = connect_seconds, read_seconds, total_seconds
        self._large_slots = asyncio.Semaphore(MAX_LARGE_RESPONSES)
        self._connections = connections
        self._clock = PlatformClock(clock)
        self._error_codes = error_codes
        self._pool = _Pool()
        self._route = route

    def __repr__(self) -> str:
        return f"Transport({self._api_url})"

    async def __aenter__(self) -> Transport:
        connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60, ssl=self._route.tls())
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            # A cookie set for one shop must not be sent with another shop's requests.
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"accept-encoding": "gzip"},
            max_line_size=MAX_HEAD_BYTES,
            max_field_size=MAX_HEAD_BYTES,
            # read_body decompresses within bounds; aiohttp would expand a whole chunk of a bomb.
            auto_decompress=False,
        )
        # aiohttp resends a PUT when a connection breaks: a second edit unknown to the caller and the rate limiter.
        session._retry_connection = False
        self._pool.session = session
        self._pool.direct = direct_connections(
            self._api_url, self._route, self._connect_seconds, self._read_seconds, self._connections
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool.direct is not None:
            self._pool.direct.close()
            self._pool.direct = None
        if self._pool.session is not None:
            await self._pool.session.close()

    def of_app(self, name: str) -> Transport:
        """Return a transport that signs as the app with this name, and shares connections and clock with this one.

        The empty name is the app of RELIST_APP_KEY. Raises UnknownApp.
        """
        app = self._apps.get(name)
        if app is None:
            raise UnknownApp(f"app {name!r} is not in RELIST_APPS_FILE")
        if app is self._app:
            return self
        other = copy.copy(self)
        other._app = app
        return other

    @property
    def has_several_apps(self) -> bool:
        return len(self._apps) > 1

    def now(self) -> float:
        """Return the platform's time in unix seconds; before the first response, this machine's time."""
        return self._clock.now()

    def timestamp(self) -> int:
        """Return the platform's time in whole seconds, for comparison with timestamps that the platform writes."""
        return self._clock.timestamp()

    async def send(
        self,
        endpoint: Endpoint,
        path: str,
        token: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
        purpose: Purpose | None = None,
    ) -> Response:
        """Send one signed request. Raises TikTokShopError."""
        offset = self._clock.offset
        parameters = {
            **(query or {}),
            "app_key": self._app.key,
            "timestamp": str(int(self._clock.now())),
        }
        headers = {"x-tts-access-token": token}
        content: bytes | aiohttp.FormData | None = None
        if upload is not None:
            content = aiohttp.FormData()
            content.add_field("data", upload.content, filename=upload.filename)
            content.add_field("use_case", upload.use_case)
            signature = sign_request(self._app.secret, path, parameters, multipart=True)
        else:
            content = orjson.dumps(body) if body else None
            headers["content-type"] = "application/json"
            signature = sign_request(self._app.secret, path, parameters, content or b"")
        parameters["sign"] = signature
        try:
            receiving = self._receive(endpoint, self._api_url, path, parameters, headers, content)
            return await self._exchange(endpoint, receiving, purpose)
        except ClockSkewed:
            self._clock.reject(offset)
            raise

    async def token_request(self, name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Call `token_get` or `token_refresh`: an unsigned GET whose query carries the app secret."""
        endpoint = Endpoint(name, "GET", f"/api/v2/token/{name.removeprefix('token_')}", takes_cipher=False)
        query = {"app_key": self._app.key, "app_secret": self._app.secret, **parameters}
        receiving = self._receive(endpoint, self._auth_url, endpoint.path, query, {}, None)
        return (await self._exchange(endpoint, receiving)).data

    async def _exchange(
        self, endpoint: Endpoint, receiving: Awaitable[_Received], purpose: Purpose | None = None
    ) -> Response:
        """Send, receive, observe and parse."""
        began = time.perf_counter()
        status = code = 0
        try:
            received = await receiving
            status = received.status
            parsed = parse_response(endpoint, status, received.raw, received.retry_after, self._error_codes())
            code = parsed.code if isinstance(parsed, TikTokShopError) else 0
        except TikTokShopError as error:
            status = error.http_status or 0
            raise
        finally:
            seconds = time.perf_counter() - began
            self._observer.api_call(endpoint.name, code, status, seconds, purpose or endpoint.purpose)
        if isinstance(parsed, TikTokShopError):
            parsed.app = self._app.name
            try:
                raise parsed
            finally:
                # Break the cycle between the error and this frame, which would keep the response in memory until the
                # garbage collector runs.
                del parsed, received
        return parsed

    async def _receive(
        self,
        endpoint: Endpoint,
        base: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: bytes | aiohttp.FormData | None,
    ) -> _Received:
        """Send a request and read the response. Raises Transient if none arrives, MalformedResponse."""
        direct = self._pool.direct
        try:
            if direct is None or base is not self._api_url or isinstance(content, aiohttp.FormData):
                return await self._receive_by_session(endpoint, URL(base + path).with_query(query), headers, content)
            request = direct.request_of(endpoint.method, path, query, headers, content)
            reply = await direct.request(request, endpoint.max_response_bytes, self._total_seconds, self._large_slots)
            self._clock.observe(reply.header(b"date"))
            return _Received(reply.status, reply.body, retry_after_seconds(reply.header(b"retry-after")))
        except BodyRejected as rejected:
            raise malformed(endpoint, str(rejected), rejected.status) from None
        except NotConnected as error:
            reason = error.__cause__ or error
            lost = _no_response(endpoint, f"no connection ({type(reason).__name__})", reason, sent=False)
            lost.network = lost.network or "connect"
            raise lost from None
        except NoReply as error:
            raise _no_response(endpoint, f"no response ({error})", error, sent=True) from None
        except (
            aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError, UnicodeError
        ) as error:  # fmt: skip
            raise _no_response(endpoint, f"no connection ({type(error).__name__})", error, sent=False) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _no_response(endpoint, f"no response ({type(error).__name__})", error, sent=True) from None

    async def _receive_by_session(
        self, endpoint: Endpoint, url: URL, headers: Mapping[str, str], content: bytes | aiohttp.FormData | None
    ) -> _Received:
        session = self._pool.session
        if session is None:
            raise RuntimeError("use Transport as an async context manager")
        async with (
            asyncio.timeout(self._total_seconds),
            session.request(
                endpoint.method,
                url,
                headers=headers,
                data=content,
                allow_redirects=False,
                proxy=self._route.proxy_for(url.host or ""),
            ) as response,
        ):
            self._clock.observe(response.headers.get("date"))
            encoding = response.headers.get("content-encoding", "")
            try:
                raw = await read_body(response.content, encoding, endpoint.max_response_bytes, self._large_slots)
            except BodyRejected as rejected:
                rejected.status = response.status
                raise
            return _Received(response.status, raw, retry_after_seconds(response.headers.get("retry-after")))


def _no_response(endpoint: Endpoint, message: str, reason: BaseException, *, sent: bool) -> Transient:
    error = Transient(message, endpoint=endpoint.name)
    error.outcome_unknown = sent and endpoint.access == "write"
    error.network = network_reason(reason)
    return error


def network_reason(error: BaseException) -> str:
    """Return the value of `Transient.network` for an exception of aiohttp or of a direct connection."""
    return next((name for kind, name in NETWORK_REASONS if isinstance(error, kind)), "")


NETWORK_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientProxyConnectionError, "proxy"),
    (aiohttp.ClientHttpProxyError, "proxy"),
    (aiohttp.ClientConnectorCertificateError, "tls"),
    (ssl.SSLCertVerificationError, "tls"),
    (aiohttp.ClientSSLError, "no_tls"),
    (ssl.SSLError, "no_tls"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (socket.gaierror, "dns"),
    (UnicodeError, "dns"),
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorError, "connect"),
)
"""The first match wins: aiohttp's errors are subclasses of each other."""
