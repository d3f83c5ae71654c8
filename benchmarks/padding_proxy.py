"""A proxy in front of the simulator that enlarges products and delays the responses to edits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import orjson
from aiohttp import web

PRODUCT = re.compile(r"/product/\d+/products/\d+")
DATA = b'"data":{'
HOP_BY_HOP = frozenset(
    {"connection", "content-length", "content-encoding", "transfer-encoding", "host", "date", "server"}
)


@asynccontextmanager
async def padding_proxy(platform: str, product_bytes: int, edit_seconds: float) -> AsyncIterator[str]:
    """Yields the proxy's address. Each product gets unused fields of about this size."""
    fields, number = padding(product_bytes), 0
    async with aiohttp.ClientSession(auto_decompress=True) as session:

        async def forward(request: web.Request) -> web.Response:
            nonlocal number
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
            async with session.request(
                request.method, platform + request.raw_path, headers=headers, data=await request.read()
            ) as answer:
                body, status = await answer.read(), answer.status
            is_product = PRODUCT.fullmatch(request.path) is not None
            if is_product and request.method == "GET" and DATA in body:
                body = body.replace(DATA, DATA + fields, 1)
            elif is_product and request.method == "PUT":
                await asyncio.sleep(edit_seconds)
            return web.Response(body=body, status=status, content_type=answer.content_type)

        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", forward)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def padding(size: int) -> bytes:
    """JSON of small objects like those of SKUs, which take much more memory once they are parsed."""
    items: list[dict[str, object]] = []
    length = 0
    while length < size:
        sku: dict[str, object] = {
            "id": str(1729500000000000000 + len(items)),
            "attribute": {"name": f"Colour {len(items)}", "value": "a long value of an attribute " * 3},
            "identifier": {"code": f"{len(items):013}", "type": "EAN"},
            "price": {"amount": "19.90", "currency": "USD"},
        }
        items.append(sku)
        length += len(orjson.dumps(sku)) + 1
    return b'"padding":' + orjson.dumps(items) + b"," if items else b""
