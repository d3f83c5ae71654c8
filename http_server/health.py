"""`/healthz`, `/readyz` and `/metrics` of every process."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from config.settings import SettingsError
from http_server.bounded_server import (
    IDLE_SECONDS,
    LARGEST_BODY,
    LINGERING_SECONDS,
    MOST_CONNECTIONS,
    BoundedSite,
    Connections,
    server_logger,
)


def health_application(registry: CollectorRegistry, ready: Callable[[], Awaitable[bool]]) -> web.Application:
    """`ready` tells whether this process can do its work now."""
    app = web.Application(client_max_size=LARGEST_BODY)

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        if await ready():
            return web.Response(text="ready\n")
        return web.Response(status=503, text="not ready\n")

    async def metrics(request: web.Request) -> web.Response:
        # OpenMetrics, which carries trace ids, for those who ask for it: Prometheus does.
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return web.Response(body=encode(registry), headers={"content-type": content_type})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app


async def serve(
    app: web.Application,
    host: str,
    port: int,
    *,
    setting: str = "The port",
    most_connections: int = MOST_CONNECTIONS,
) -> tuple[web.AppRunner, int]:
    """Starts serving; the port really used (0 asks for a free one). `await runner.cleanup()` ends it.

    Raises SettingsError when the address can not be had; `setting` is what people change then.
    """
    connections = Connections(most_connections)
    app.middlewares.append(connections.in_time)
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=server_logger(),
        shutdown_timeout=5,
        keepalive_timeout=IDLE_SECONDS,
        lingering_time=LINGERING_SECONDS,
        auto_decompress=False,  # nobody has reason to compress what they send
    )
    await runner.setup()
    try:
        await BoundedSite(runner, connections, host, port).start()
    except OSError as error:
        await runner.cleanup()
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(
            f"{host}:{port} can not be listened on: {why}. {setting} says which port; 0 takes a free one"
        ) from None
    return runner, int(runner.addresses[0][1])
