"""The gateway process: webhooks, stream intake, the page for people, health, metrics; all made and joined here."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from functools import partial

import structlog
from prometheus_client import CollectorRegistry

from config.health_server import health_application, serve
from config.markets import load_markets
from config.metric_series import process_series
from config.settings import Settings, SettingsError
from gateway.page.guard import is_loopback
from gateway.page.page import Page
from producers.fleet_metrics import FleetMetrics
from producers.intake import Intake
from producers.webhooks import WebhookReceiver
from shop_queue.connect import connect, takes_writes
from tiktok_shop.token_cipher import TokenCipher
from tiktok_shop.transport import Transport

log = structlog.get_logger("relist.gateway")


async def run_gateway(settings: Settings, started: Callable[[int], None] | None = None) -> None:
    """Serves until SIGTERM or SIGINT; `started` is told the port. Raises SettingsError, RedisError at start."""
    page_token = settings.page_token.get_secret_value() if settings.page_token else None
    if page_token is None and not is_loopback(settings.bind_host):
        raise SettingsError(
            f"RELIST_PAGE_TOKEN is not set, and RELIST_BIND_HOST {settings.bind_host} is open to other machines:"
            " the page needs a token there"
        )
    redis = connect(settings.redis_url)
    await redis.execute_command("PING")
    registry = CollectorRegistry()
    process_series(registry)

    receiver = WebhookReceiver(settings.app_key, settings.app_secret.get_secret_value(), redis, registry)
    app = health_application(registry, partial(takes_writes, redis))
    app.router.add_post("/webhooks/tiktok", receiver.receive)
    page = Page(redis, page_token, settings.journal_dir)
    page.add_to(app)
    runner, port = await serve(app, settings.bind_host, settings.gateway_port)
    intake = asyncio.create_task(Intake(redis, f"{socket.gethostname()}-{os.getpid()}", registry).run())
    secret = settings.app_secret.get_secret_value()
    fleet = FleetMetrics(
        redis,
        registry,
        TokenCipher(settings.token_key.get_secret_value()),
        Transport(settings.api_url, settings.auth_url, settings.app_key, secret),
        lease_seconds=settings.lease_seconds,
        most_shops=settings.metrics_shops,
        deadlines=load_markets(settings.markets_file).deadlines(),
    )
    reporting = asyncio.create_task(fleet.run())
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("gateway_started", port=port)
    if started is not None:
        started(port)
    try:
        await stop.wait()
    finally:
        intake.cancel()
        reporting.cancel()
        await asyncio.gather(intake, reporting, return_exceptions=True)
        await runner.cleanup()
        await page.close()
        await redis.aclose()
        log.info("gateway_stopped")
