"""Reads the body of an answer within bounds: nobody promises that it ends, or that it unpacks small."""

from __future__ import annotations

import asyncio
import contextlib
import zlib

import aiohttp

SMALL_ANSWER = 2 * 1024 * 1024
"""Bytes; a product of 300 variants is a third of it."""
LARGE_AT_ONCE = 2
"""Answers larger than small that are in memory at once, whatever the number of jobs."""
_GZIP = 16 + zlib.MAX_WBITS


class BodyRefused(Exception):
    """The body is larger than it may be, or does not unpack; the text says which."""


async def read_body(
    content: aiohttp.StreamReader, encoding: str, largest: int, large_turns: asyncio.Semaphore
) -> bytes | bytearray:
    """The whole body, unpacked, of at most `largest` bytes. What grows beyond a small one waits for one of the
    `large_turns` first, and its sender with it. Raises BodyRefused, aiohttp.ClientError."""
    unpacker = zlib.decompressobj(_GZIP) if encoding.strip().lower() in ("gzip", "x-gzip") else None
    whole = bytearray()
    try:
        async with contextlib.AsyncExitStack() as turn:
            waited = False
            async for chunk in content.iter_any():
                try:
                    # One byte more than may be is enough to know; a bomb is never unpacked further.
                    whole += unpacker.decompress(chunk, largest + 1 - len(whole)) if unpacker else chunk
                except zlib.error:
                    raise BodyRefused("the answer does not unpack") from None
                if len(whole) > largest:
                    raise BodyRefused(f"the answer has more than {largest:,} bytes")
                if len(whole) > SMALL_ANSWER and not waited:
                    await turn.enter_async_context(large_turns)
                    waited = True
    except BaseException:
        # An error keeps the frames it has come through: not with the answer in them.
        whole.clear()
        raise
    return whole
