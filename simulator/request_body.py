"""Reads the JSON body of a request."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from simulator.api_error import ApiError
from simulator.operations import Operation
from simulator.rules.codes import OVERLOADED


def read_body(operation: Operation, request: web.Request, raw: bytes, *, accepts_empty_list: bool) -> dict[str, Any]:
    """Raises ApiError."""
    if not raw or operation.method == "GET" or operation.multipart:
        return {}
    if request.content_type != "application/json":
        raise ApiError(36009022, "the body must be JSON", 400)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ApiError(OVERLOADED, "the body is invalid: it is not JSON", 400) from None
    if body == [] and accepts_empty_list:
        return {}
    if not isinstance(body, dict):
        raise ApiError(OVERLOADED, "the body is invalid: it is not an object", 400)
    return body
