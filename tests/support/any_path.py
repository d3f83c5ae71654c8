"""Serves every path of a platform by one handler."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LARGEST_REQUEST = 64 * 1024 * 1024


@asynccontextmanager
async def serving(answer: Handler, *, handler_cancellation: bool = False) -> AsyncIterator[str]:
    """Yields the URL. With `handler_cancellation` a handler is cancelled when its client disconnects."""
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=handler_cancellation)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
