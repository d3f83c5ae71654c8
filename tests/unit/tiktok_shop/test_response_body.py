"""read_body decompresses, limits size, and admits few large bodies concurrently."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tiktok_shop.response_body import SMALL_RESPONSE_BYTES, BodyRejected, read_body


class Stream:
    """Stands in for aiohttp's StreamReader."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks

    async def iter_any(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk


async def read(*chunks: bytes, encoding: str = "", max_bytes: int = 1000, slots: int = 1) -> bytes:
    stream: Any = Stream(*chunks)
    return bytes(await read_body(stream, encoding, max_bytes, asyncio.Semaphore(slots)))


async def test_chunks_are_joined_and_decompressed() -> None:
    packed = gzip.compress(b"a response")
    assert await read(b"a ", b"response") == b"a response"
    assert await read(packed[:5], packed[5:], encoding=" GZIP ") == b"a response"
    assert await read(packed, encoding="x-gzip") == b"a response"


async def test_invalid_gzip_is_rejected() -> None:
    with pytest.raises(BodyRejected, match="does not decompress"):
        await read(b"a response", encoding="gzip")


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_size_limit_applies_after_decompression(encoding: str) -> None:
    just, more = b"x" * 1000, b"x" * 1001
    if encoding:
        just, more = gzip.compress(just), gzip.compress(more)
    assert len(await read(just, encoding=encoding)) == 1000
    with pytest.raises(BodyRejected, match="more than 1,000 bytes"):
        await read(more, encoding=encoding)


async def test_only_large_bodies_wait_for_a_slot() -> None:
    slots, small, large = asyncio.Semaphore(0), Stream(b"x"), Stream(b"x" * (SMALL_RESPONSE_BYTES + 1), b"y")
    typed: Any = (small, large)
    assert await read_body(typed[0], "", 10**9, slots) == b"x"
    waiting = asyncio.create_task(read_body(typed[1], "", 10**9, slots))
    await asyncio.sleep(0)
    assert not waiting.done()
    slots.release()
    assert len(await waiting) == SMALL_RESPONSE_BYTES + 2
    assert not slots.locked(), "the slot is released"
