"""One connection pool: signs each request at the moment it is sent, turns every answer into data or an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Literal

import aiohttp
import orjson
from yarl import URL

from tiktok_shop.call_permits import Access, CallObserver, NoObserver
from tiktok_shop.errors import (
    ClockSkewed,
    MalformedResponse,
    NonApiResponse,
    Throttled,
    TikTokShopError,
    Transient,
    classify,
    field_of,
)
from tiktok_shop.platform_clock import PlatformClock
from tiktok_shop.response_body import LARGE_AT_ONCE, SMALL_ANSWER, BodyRefused, read_body
from tiktok_shop.signing import sign_request

LONGEST_RETRY_AFTER = 3600.0
"""Seconds; a Retry-After of more is a mistake, and is asked again after so long."""

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of the platform, with the `{}` of its path filled in by the caller."""

    name: str
    method: Method
    path: str
    access: Access = "read"
    takes_cipher: bool = True
    """The platform refuses a `shop_cipher` where it does not belong (36009004)."""
    largest_answer: int = SMALL_ANSWER
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Answer:
    data: dict[str, Any]
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    content: bytes = field(repr=False)
    filename: str
    use_case: str


class Transport:
    """`async with Transport(...) as transport:`. Safe for any number of tasks at once."""

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
    ) -> None:
        self._api_url, self._auth_url = api_url.rstrip("/"), auth_url.rstrip("/")
        self._app_key, self._app_secret = app_key, app_secret
        self._observer = observer or NoObserver()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds, sock_read=read_seconds)
        self._total_seconds = total_seconds
        self._large_turns = asyncio.Semaphore(LARGE_AT_ONCE)
        self._connections = connections
        self._clock = PlatformClock(clock)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Transport({self._api_url})"

    async def __aenter__(self) -> Transport:
        connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            # A cookie set in answer to one shop's request has no business in another's.
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"accept-encoding": "gzip"},
            # Unpacked in read_body: aiohttp would unpack a chunk of a bomb as a whole.
            auto_decompress=False,
        )
        # aiohttp repeats a PUT by itself when a connection breaks: an edit nobody decided on and no pace knows of.
        self._session._retry_connection = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def now(self) -> float:
        """The platform's time as its answers tell it, unix seconds; this machine's before the first one."""
        return self._clock.now()

    def moment(self) -> int:
        """The same to the second, as exactly as the answers tell it."""
        return self._clock.moment()

    async def send(
        self,
        endpoint: Endpoint,
        path: str,
        token: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
    ) -> Answer:
        """One signed request. Raises TikTokShopError."""
        offset = self._clock.offset
        parameters = {
            **(query or {}),
            "app_key": self._app_key,
            "timestamp": str(int(self._clock.now())),
        }
        headers = {"x-tts-access-token": token}
        content: bytes | aiohttp.FormData | None = None
        if upload is not None:
            content = aiohttp.FormData()
            content.add_field("data", upload.content, filename=upload.filename)
            content.add_field("use_case", upload.use_case)
            signature = sign_request(self._app_secret, path, parameters, multipart=True)
        else:
            content = orjson.dumps(body) if body else None
            headers["content-type"] = "application/json"
            signature = sign_request(self._app_secret, path, parameters, content or b"")
        parameters["sign"] = signature
        url = URL(self._api_url + path).with_query(parameters)
        try:
            return await self._exchange(endpoint, url, headers, content)
        except ClockSkewed:
            self._clock.refused(offset)
            raise

    async def token_request(self, name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """`token_get` or `token_refresh`: an unsigned GET whose query carries the app's secret."""
        endpoint = Endpoint(name, "GET", f"/api/v2/token/{name.removeprefix('token_')}", takes_cipher=False)
        query = {"app_key": self._app_key, "app_secret": self._app_secret, **parameters}
        url = URL(self._auth_url + endpoint.path).with_query(query)
        return (await self._exchange(endpoint, url, {}, None)).data

    async def _exchange(
        self, endpoint: Endpoint, url: URL, headers: Mapping[str, str], content: bytes | aiohttp.FormData | None
    ) -> Answer:
        if self._session is None:
            raise RuntimeError("Transport is used as an async context manager")
        began = time.perf_counter()
        status = code = 0
        try:
            async with (
                asyncio.timeout(self._total_seconds),
                self._session.request(
                    endpoint.method, url, headers=headers, data=content, allow_redirects=False
                ) as response,
            ):
                status, told = response.status, response.headers
                self._clock.observe(told.get("date"))
                encoding = told.get("content-encoding", "")
                raw = await read_body(response.content, encoding, endpoint.largest_answer, self._large_turns)
                retry_after = _seconds(told.get("retry-after"))
        except BodyRefused as refused:
            raise _malformed(endpoint, str(refused), status) from None
        except aiohttp.ClientConnectorError as error:
            raise _network(endpoint, f"no connection ({type(error).__name__})", outcome_unknown=False) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _network(endpoint, f"no answer ({type(error).__name__})", outcome_unknown=True) from None
        else:
            answer_or_error = parse_response(endpoint, status, raw, retry_after)
            code = answer_or_error.code if isinstance(answer_or_error, TikTokShopError) else 0
        finally:
            self._observer.api_call(endpoint.name, code, status, time.perf_counter() - began)
        if isinstance(answer_or_error, TikTokShopError):
            try:
                raise answer_or_error
            finally:
                # Or the error would keep this frame and this frame the error, with the answer, until both are found to
                # be garbage.
                del answer_or_error, raw
        return answer_or_error


def parse_response(
    endpoint: Endpoint, status: int, raw: bytes | bytearray, retry_after: float | None
) -> Answer | TikTokShopError:
    """The envelope `{code, message, data, request_id}`, or the error it stands for. Pure."""
    try:
        envelope = orjson.loads(raw)
        # `type`, since True and False are integers to Python.
        if not isinstance(envelope, dict) or type(envelope.get("code")) is not int:
            raise ValueError
    except ValueError:
        return _without_envelope(endpoint, status, retry_after)
    code, data = envelope["code"], envelope.get("data")
    request_id = _text(envelope.get("request_id")) or None
    if code == 0:
        if data is not None and not isinstance(data, dict):
            return _malformed(endpoint, "data is no object", status, request_id)
        return Answer(data or {}, request_id)
    message = _text(envelope.get("message"))
    error = classify(code, message, status)(
        "; ".join((message, *_details(data))),
        code=code,
        endpoint=endpoint.name,
        request_id=request_id,
        http_status=status,
        field=field_of(code),
    )
    if isinstance(error, Throttled):
        error.retry_after = retry_after
    return error


def _details(value: Any, depth: int = 4) -> list[str]:
    """What a refusal's `extra_errors` say, wherever in its data they are: 12052990 only says that there are some."""
    if depth == 0 or not isinstance(value, dict | list):
        return []
    if isinstance(value, list):
        return [text for each in value[:10] for text in _details(each, depth - 1)]
    found = []
    for name, each in value.items():
        if name == "extra_errors" and isinstance(each, list):
            found += [f"{_text(one.get('message'))} ({_text(one.get('code'))})" for one in each[:10] if _is_error(one)]
        else:
            found += _details(each, depth - 1)
    return found


def _is_error(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("message"))


def _without_envelope(endpoint: Endpoint, status: int, retry_after: float | None) -> TikTokShopError:
    if status == 429:
        throttled = Throttled("too many requests", endpoint=endpoint.name, http_status=status)
        throttled.retry_after = retry_after
        return throttled
    # Also for 401 and 403: what the platform itself thinks of a token it says in an envelope.
    error: Transient = (
        Transient(f"HTTP {status}", endpoint=endpoint.name, http_status=status)
        if status >= 500
        else NonApiResponse(f"HTTP {status} without an envelope", endpoint=endpoint.name, http_status=status)
    )
    error.outcome_unknown = endpoint.access == "write"
    return error


def _malformed(endpoint: Endpoint, message: str, status: int, request_id: str | None = None) -> MalformedResponse:
    error = MalformedResponse(message, endpoint=endpoint.name, request_id=request_id, http_status=status)
    error.outcome_unknown = endpoint.access == "write"
    return error


def _network(endpoint: Endpoint, message: str, *, outcome_unknown: bool) -> Transient:
    error = Transient(message, endpoint=endpoint.name)
    error.outcome_unknown = outcome_unknown and endpoint.access == "write"
    return error


def _text(value: Any) -> str:
    return str(value)[:500] if isinstance(value, str | int | float) else ""


def _seconds(header: str | None) -> float | None:
    """Retry-After: seconds, or a date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    # Not a number (`nan`) is zero.
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER)
