"""The minimum CPU cost of the recorded requests in Python: they are only signed, sent, received and decoded.

Raw asyncio connections with httptools and orjson on uvloop. There are no timeouts, limits, redirects, retries or shape
checks: a service cannot do without them, so this is a floor, not a goal.

floor <redis> <api> <file>   replays the calls of `benchmarks.workers.whole record`
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import zlib
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import httptools
import orjson
import uvloop

from benchmarks.workers.protocol import Tally, work_and_report
from tiktok_shop.signing import sign_request

CONNECTIONS = 100
APP_KEY = "simulated-key"


class Connection(asyncio.Protocol):
    """Sends one request at a time over a connection that stays open."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Any] | None = None
        self._body = bytearray()
        self._is_gzip = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is not a subclass of asyncio.Transport.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-encoding":
            self._is_gzip = value == b"gzip"

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        body = zlib.decompress(self._body, 31) if self._is_gzip else self._body
        assert self._answer is not None
        self._answer.set_result(orjson.loads(body))
        self._body, self._is_gzip = bytearray(), False
        self._parser = httptools.HttpResponseParser(self)

    def send(self, request: bytes) -> asyncio.Future[Any]:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer


def signed(secret: str, host: str, call: dict[str, Any]) -> bytes:
    """The bytes of one request, signed as the client signs it."""
    body = orjson.dumps(call["body"]) if call["body"] else b""
    query = {**(call["query"] or {}), "app_key": APP_KEY, "timestamp": str(int(time.time()))}
    query["sign"] = sign_request(secret, call["path"], query, body)
    head = (
        f"{call['endpoint']['method']} {call['path']}?{urlencode(query)} HTTP/1.1\r\nhost: {host}\r\n"
        f"accept-encoding: gzip\r\nx-tts-access-token: {call['token']}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def floor(api_url: str, file: Path) -> None:
    tally, secret = Tally(), os.environ["RELIST_APP_SECRET"]
    products = iter([orjson.loads(line)[2] for line in file.read_bytes().splitlines()])
    api = urlsplit(api_url)
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(Connection, api.hostname or "", api.port or 80) for _ in range(CONNECTIONS)]

    async def replay(connection: Connection) -> None:
        for calls in products:
            for call in calls:
                await connection.send(signed(secret, api.netloc, call))
            tally.done += 1

    async def work() -> None:
        await asyncio.gather(*(replay(connection) for _, connection in opened))
        await asyncio.Event().wait()

    await work_and_report(tally, work)


if __name__ == "__main__":
    _, _, api_address, calls_file = sys.argv[1:]
    uvloop.run(floor(api_address, Path(calls_file)))
