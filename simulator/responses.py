"""The envelope of every response."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web


def envelope_bytes(code: int, message: str, request_id: str, data: dict[str, Any] | None = None) -> bytes:
    return orjson.dumps({"code": code, "message": message, "data": data, "request_id": request_id})


def envelope(
    code: int,
    message: str,
    request_id: str,
    data: dict[str, Any] | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> web.Response:
    body = envelope_bytes(code, message, request_id, data)
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def plain_json(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")
