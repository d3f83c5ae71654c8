"""A server that records every request and sends the responses that a test has queued."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.support.any_path import serving


@dataclass(frozen=True, slots=True)
class Received:
    method: str
    path: str
    query: Mapping[str, str]
    token: str
    content_type: str
    raw: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw) if self.raw else None


@dataclass(slots=True)
class Reply:
    data: Any = None
    code: int = 0
    message: str = "Success"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Raw body sent instead of an envelope."""
    drop: bool = False
    """Close the connection instead of responding."""
    hang: bool = False


@dataclass(slots=True)
class Platform:
    url: str = ""
    received: list[Received] = field(default_factory=list)
    replies: deque[Reply] = field(default_factory=deque)
    """One reply per request; after the last one, an empty success."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        headers = request.headers
        self.received.append(
            Received(
                request.method,
                request.path,
                dict(request.query),
                headers.get("x-tts-access-token", ""),
                headers.get("content-type", ""),
                raw,
            )
        )
        reply = self.replies.popleft() if self.replies else Reply({})
        if reply.hang:
            await asyncio.sleep(3600)
        if reply.drop and request.transport is not None:
            request.transport.abort()
        envelope = {"code": reply.code, "message": reply.message, "data": reply.data, "request_id": "req-1"}
        body = reply.raw if reply.raw is not None else orjson.dumps(envelope)
        return web.Response(body=body, status=reply.status, headers=reply.headers)


@asynccontextmanager
async def running_platform() -> AsyncIterator[Platform]:
    platform = Platform()
    async with serving(platform.answer, handler_cancellation=True) as platform.url:
        yield platform
