"""Reads a response body within bounds of size, however slowly it arrives or well it compresses."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator
from typing import Protocol

SMALL_RESPONSE_BYTES = 2 * 1024 * 1024
"""A product with 300 variants takes about a third of this."""
MAX_LARGE_RESPONSES = 2
"""Responses above SMALL_RESPONSE_BYTES held in memory at once, however many jobs run."""
NOT_COMPRESSED = "the response does not decompress"
_GZIP = 16 + zlib.MAX_WBITS


class BodyRejected(Exception):
    """The body is larger than allowed or does not decompress; the text says which."""

    status = 0
    """HTTP status of the response."""


class Chunks(Protocol):
    """A body as it arrives; aiohttp.StreamReader is one."""

    def iter_any(self) -> AsyncIterator[bytes | bytearray]: ...


def small_body(raw: bytes | bytearray, encoding: str, max_bytes: int) -> bytes | bytearray | None:
    """Return a whole body, decompressed, or None if it is so large that `read_body` must read it.

    Raises BodyRejected.
    """
    limit = min(max_bytes, SMALL_RESPONSE_BYTES)
    body = raw
    if _is_gzip(encoding):
        try:
            body = zlib.decompressobj(_GZIP).decompress(raw, limit + 1)
        except zlib.error:
            raise BodyRejected(NOT_COMPRESSED) from None
    return body if len(body) <= limit else None


def _is_gzip(encoding: str) -> bool:
    return encoding.strip().lower() in ("gzip", "x-gzip")


async def read_body(
    content: Chunks, encoding: str, max_bytes: int, large_slots: asyncio.Semaphore
) -> bytes | bytearray:
    """Return the whole body, decompressed.

    A body that grows beyond SMALL_RESPONSE_BYTES first waits for one of `large_slots`; flow control then slows its
    sender down. Raises BodyRejected above `max_bytes`, and aiohttp.ClientError.
    """
    decompressor = zlib.decompressobj(_GZIP) if _is_gzip(encoding) else None
    body = bytearray()
    chunk: bytes | bytearray = b""
    try:
        async with contextlib.AsyncExitStack() as slot:
            has_slot = False
            async for chunk in content.iter_any():
                try:
                    # One byte above the limit proves the excess, so a decompression bomb is never expanded.
                    body += decompressor.decompress(chunk, max_bytes + 1 - len(body)) if decompressor else chunk
                except zlib.error:
                    raise BodyRejected(NOT_COMPRESSED) from None
                if len(body) > max_bytes:
                    raise BodyRejected(f"the response has more than {max_bytes:,} bytes")
                if len(body) > SMALL_RESPONSE_BYTES and not has_slot:
                    await slot.enter_async_context(large_slots)
                    has_slot = True
    except BaseException:
        # An exception's traceback keeps this frame alive, so empty the buffers that it holds.
        body.clear()
        chunk = b""
        raise
    return body
