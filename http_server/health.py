"""The endpoints `/healthz`, `/readyz` and `/metrics` of every process."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CollectorRegistry

from config.settings import SettingsError
from http_server.bounded_server import (
    IDLE_SECONDS,
    LINGERING_SECONDS,
    MAX_BODY_BYTES,
    MAX_CONNECTIONS,
    BoundedSite,
    Connections,
    server_logger,
)
from http_server.metrics_endpoint import MetricsEndpoint
from http_server.open_files import connection_limit, file_limit


def health_application(registry: CollectorRegistry, problem: Callable[[], Awaitable[str]]) -> web.Application:
    """`problem` says why this process cannot do its work now; an empty string means it can."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        if why := await problem():
            return web.Response(status=503, text=f"not ready: {why}\n")
        return web.Response(text="ready\n")

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", MetricsEndpoint(registry).get)
    return app


async def serve(
    app: web.Application,
    host: str,
    port: int,
    *,
    setting: str = "The port",
    max_connections: int = MAX_CONNECTIONS,
) -> tuple[web.AppRunner, int]:
    """Starts serving. Returns the runner and its port; port 0 picks a free one. `await runner.cleanup()` stops it.

    Accepts fewer than `max_connections` if the process may open few files. Raises SettingsError if the address cannot
    be bound, naming `setting` as the one to change, or if there are too few files to serve anyone.
    """
    try:
        limit = connection_limit(file_limit(), max_connections)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    connections = Connections(limit)
    app.middlewares.append(connections.enforce_deadline)
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=server_logger(),
        shutdown_timeout=5,
        keepalive_timeout=IDLE_SECONDS,
        lingering_time=LINGERING_SECONDS,
        auto_decompress=False,  # clients need not compress their requests
    )
    await runner.setup()
    try:
        await BoundedSite(runner, connections, host, port).start()
    except OSError as error:
        await runner.cleanup()
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(
            f"{host}:{port} cannot be bound: {why}. Set {setting} to another port, or to 0 for a free one"
        ) from None
    return runner, int(runner.addresses[0][1])
