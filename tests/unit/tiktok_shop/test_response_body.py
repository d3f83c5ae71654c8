"""The body of an answer: unpacked, bounded, and large ones in turn."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tiktok_shop.response_body import SMALL_ANSWER, BodyRefused, read_body


class Stream:
    """What aiohttp gives, in chunks."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks

    async def iter_any(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk


async def read(*chunks: bytes, encoding: str = "", largest: int = 1000, turns: int = 1) -> bytes:
    stream: Any = Stream(*chunks)
    return bytes(await read_body(stream, encoding, largest, asyncio.Semaphore(turns)))


async def test_chunks_come_together_packed_or_not() -> None:
    packed = gzip.compress(b"an answer")
    assert await read(b"an ", b"answer") == b"an answer"
    assert await read(packed[:5], packed[5:], encoding=" GZIP ") == b"an answer"
    assert await read(packed, encoding="x-gzip") == b"an answer"


async def test_what_says_it_is_packed_and_is_not_is_refused() -> None:
    with pytest.raises(BodyRefused, match="does not unpack"):
        await read(b"an answer", encoding="gzip")


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_one_byte_too_many_is_too_many_however_small_it_came(encoding: str) -> None:
    just, more = b"x" * 1000, b"x" * 1001
    if encoding:
        just, more = gzip.compress(just), gzip.compress(more)
    assert len(await read(just, encoding=encoding)) == 1000
    with pytest.raises(BodyRefused, match="more than 1,000 bytes"):
        await read(more, encoding=encoding)


async def test_only_what_is_large_waits_for_its_turn() -> None:
    turns, small, large = asyncio.Semaphore(0), Stream(b"x"), Stream(b"x" * (SMALL_ANSWER + 1), b"y")
    typed: Any = (small, large)
    assert await read_body(typed[0], "", 10**9, turns) == b"x"
    waiting = asyncio.create_task(read_body(typed[1], "", 10**9, turns))
    await asyncio.sleep(0)
    assert not waiting.done()
    turns.release()
    assert len(await waiting) == SMALL_ANSWER + 2
    assert not turns.locked(), "the turn is given back"
