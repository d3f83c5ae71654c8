"""The gateway process: webhooks, stream intake, the page for people, health, metrics; all made and joined here."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from config.addresses import is_loopback
from config.markets import load_markets
from config.metrics.series import process_series
from config.settings import Settings, SettingsError
from gateway.web.routes import Page
from http_server.health import health_application, serve
from http_server.open_files import pool_limit, raise_file_limit
from monitoring.fleet_metrics import FleetMetrics
from producers.intake import Intake
from producers.webhooks import WebhookReceiver
from redis_client.connect import AnyRedis, connect, takes_writes
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher

log = structlog.get_logger("relist.gateway")


class GatewayBroken(Exception):
    def __init__(self, part: str) -> None:
        super().__init__(f"the gateway's {part} has ended by itself; it can not go on without")


async def run_gateway(settings: Settings, started: Callable[[int], None] | None = None) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP; `started` is told the port.

    Raises SettingsError and RedisError at the start, GatewayBroken later.
    """
    page_token = settings.page_token.get_secret_value() if settings.page_token else None
    if page_token is None and not is_loopback(settings.bind_host):
        raise SettingsError(
            f"RELIST_PAGE_TOKEN is not set, and RELIST_BIND_HOST {settings.bind_host} is open to other machines:"
            " the page needs a token there"
        )
    files = raise_file_limit()
    redis = connect(settings.redis_url, max_connections=pool_limit(files, 64))
    await redis.execute_command("PING")
    registry = CollectorRegistry()
    process_series(registry)

    secret = settings.app_secret.get_secret_value()
    app, page = gateway_application(redis, registry, settings.app_key, secret, page_token, settings.journal_dir)
    runner, port = await serve(app, settings.bind_host, settings.gateway_port, setting="RELIST_GATEWAY_PORT")
    consumer = f"{socket.gethostname()}-{os.getpid()}"
    intake = Intake(redis, consumer, registry, settings.rejected_maxlen)
    fleet = FleetMetrics(
        redis,
        registry,
        TokenCipher(*settings.token_keys),
        Transport(settings.api_url, settings.auth_url, settings.app_key, secret),
        lease_seconds=settings.lease_seconds,
        most_shops=settings.metrics_shops,
        deadlines=load_markets(settings.markets_file).deadlines(),
    )
    parts = [
        asyncio.create_task(intake.run(), name="intake"),
        asyncio.create_task(fleet.run(), name="fleet_metrics"),
    ]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("gateway_started", port=port)
    if started is not None:
        started(port)
    try:
        await until_stopped(parts, stop)
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
        await runner.cleanup()
        await page.close()
        await redis.aclose()
        log.info("gateway_stopped")


def gateway_application(
    redis: AnyRedis,
    registry: CollectorRegistry,
    app_key: str,
    app_secret: str,
    page_token: str | None,
    journal_dir: Path,
) -> tuple[web.Application, Page]:
    """Every route there is (docs/openapi.yaml)."""

    turn = asyncio.Lock()  # so that asking often does not use up the connections to Redis

    async def ready() -> bool:
        async with turn:
            return await takes_writes(redis)

    app = health_application(registry, ready)
    receiver = WebhookReceiver(app_key, app_secret, redis, registry)
    app.router.add_post("/webhooks/tiktok", receiver.receive)
    page = Page(redis, page_token, journal_dir)
    page.add_to(app)
    return app, page


async def until_stopped(parts: Sequence[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Raises GatewayBroken when a part has ended by itself: a gateway that does half its work must not look ready."""
    asked = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({asked, *parts}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
    for part in parts:
        if part in done and not stop.is_set():
            error = None if part.cancelled() else part.exception()
            log.error("gateway_part_ended", part=part.get_name(), exc_info=error)
            raise GatewayBroken(part.get_name()) from error
