"""Hostile responses: endless bodies, compression bombs, truncation, redirects and wrong types."""

from __future__ import annotations

import asyncio
import functools
import zlib
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from aiohttp import web

MEBIBYTE = 1024 * 1024
HUGE = 100
"""Mebibytes."""
ELSEWHERE = (
    "http://127.0.0.1:1/",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    "//example.invalid/",
)
ODD: dict[type, tuple[Any, ...]] = {
    str: (True, -1, 1.5e300, [[]], [None, 1], {"id": {"id": []}}),
    int: (True, -1, 1.5e300, "odd", [[]], {"id": {"id": []}}),
    float: (True, "odd", [[]], {"id": {"id": []}}),
    bool: (-1, 1.5e300, "odd", [[]], {"id": {"id": []}}),
    list: (True, -1, 1.5e300, [[]], [None, 1], {"id": {"id": []}}),
    dict: (True, -1, 1.5e300, "odd", [[]], [None, 1]),
    type(None): (None,),
}
"""Replacements of other types for a value of each type."""
BLANKS: tuple[Any, ...] = (None, "", [], {})
NEVER_MISSING = ("id", "title", "skus", "category_chains")
"""Fields that every product has."""


async def huge(request: web.Request) -> web.StreamResponse:
    """A body of 100 MB that begins like JSON."""
    answer = web.StreamResponse(headers={"content-type": "application/json"})
    await answer.prepare(request)
    await answer.write(b'{"code": 0, "data": {"title": "')
    for _ in range(HUGE):
        await answer.write(b"x" * MEBIBYTE)
    await answer.write(b'"}}')
    return answer


async def bomb(request: web.Request) -> web.StreamResponse:
    """A body of 100 MB of zeros, compressed to about 100 kB."""
    return web.Response(body=_bomb(), headers={"content-type": "application/json", "content-encoding": "gzip"})


async def trickled(request: web.Request) -> web.StreamResponse:
    """Sends one byte per second until the client disconnects."""
    answer = web.StreamResponse(headers={"content-type": "application/json"})
    await answer.prepare(request)
    while not _gone(request):
        await answer.write(b" ")
        await asyncio.sleep(1)
    return answer


async def endless_headers(request: web.Request) -> web.StreamResponse:
    """Sends headers until the client disconnects."""
    transport = request.transport
    if transport is not None:
        transport.write(b"HTTP/1.1 200 OK\r\n")
        while not _gone(request):
            if transport.get_write_buffer_size() < MEBIBYTE:
                transport.write(b"x-more: and more\r\n" * 1000)
            await asyncio.sleep(0.001)
        transport.abort()
    return web.Response()


async def truncated(request: web.Request) -> web.StreamResponse:
    """Ends before the announced length is reached."""
    answer = web.StreamResponse(headers={"content-type": "application/json", "content-length": "1000"})
    await answer.prepare(request)
    await answer.write(b'{"code": 0, "data": {')
    if request.transport is not None:
        request.transport.close()
    return answer


async def redirected(request: web.Request) -> web.StreamResponse:
    place = ELSEWHERE[sum(request.path.encode()) % len(ELSEWHERE)]
    return web.Response(status=302, headers={"location": place})


async def deep(request: web.Request) -> web.StreamResponse:
    """JSON nested a hundred thousand times."""
    return web.Response(body=b'{"code": 0, "data": ' + b"[" * 100_000, content_type="application/json")


async def plain_text(request: web.Request) -> web.StreamResponse:
    return web.Response(text="OK", content_type="text/plain")


BAD_ANSWERS: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
    answer.__name__: answer
    for answer in (huge, bomb, trickled, endless_headers, truncated, redirected, deep, plain_text)
}


def distorted(data: dict[str, Any], random: Random) -> dict[str, Any]:
    """Distorts the data once: a value of a wrong type, two swapped lists, or a missing id or title.

    It never uses a blank or another value of the right type, because those could come from the seller.
    """
    if swapped := _swapped(data, random):
        return swapped
    missing = [name for name in NEVER_MISSING if data.get(name)] if "skus" in data else []
    if missing and random.random() < 0.1:
        name = random.choice(missing)
        return {other: value for other, value in data.items() if other != name}
    given = sorted(name for name, value in data.items() if value not in BLANKS)
    if not given:
        return data
    name = random.choice(given)
    return {**data, name: _distorted(data[name], random)}


def _swapped(data: dict[str, Any], random: Random) -> dict[str, Any] | None:
    """Swaps a list of objects with a list of strings."""
    lists = {name: value for name, value in data.items() if isinstance(value, list) and value}
    objects = sorted(name for name, value in lists.items() if isinstance(value[0], dict))
    words = sorted(name for name, value in lists.items() if isinstance(value[0], str))
    if not objects or not words or random.random() > 0.1:
        return None
    one, other = random.choice(objects), random.choice(words)
    return {**data, one: data[other], other: data[one]}


def _distorted(value: Any, random: Random) -> Any:
    if isinstance(value, dict) and value and random.random() < 0.7:
        return distorted(value, random)
    if isinstance(value, list) and value and random.random() < 0.7:
        index = random.randrange(len(value))
        return [*value[:index], _distorted(value[index], random), *value[index + 1 :]]
    return random.choice(ODD[type(value)])


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return b"".join((*(packer.compress(bytes(MEBIBYTE)) for _ in range(HUGE)), packer.flush()))
