"""Builds and runs the gateway: webhooks, the intake stream, the web UI, health checks and metrics."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from authorisation.connector import ShopConnector
from authorisation.platform import transport_of
from config.addresses import WEBHOOK_PATH, is_loopback
from config.apps import load_apps
from config.markets import Markets, load_markets
from config.metrics.series import process_series
from config.process_id import process_id
from config.settings import Settings, SettingsError
from gateway.connect_callback import ConnectCallback
from gateway.page_access import access_options, client_opener
from gateway.run_metrics import RunMetrics
from http_server.clock_check import clock_problem
from http_server.health import health_application, serve
from http_server.readiness import Readiness
from model.job import Job
from monitoring.fleet_metrics import FleetMetrics
from monitoring.shop_inspection import ShopInspections
from producers.intake import Intake
from producers.webhooks import WebhookReceiver
from record.known_products import products_known
from record.opening import open_record
from record.record import Record
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis, connect, takes_writes
from redis_client.server_checks import UnsuitableRedis
from redis_client.server_time import server_milliseconds
from redis_client.write_obstacle import write_obstacle
from shop_queue.required_commands import GATEWAY_COMMANDS
from shop_queue.start import RedisReadiness, check_redis
from token_store.cipher import TokenCipher
from tracing.start import Tracing, start_tracing
from web_ui.access.identity import AccessOptions
from web_ui.app import NO_MARKETS, WebUI
from web_ui.services import OpenClient

log = structlog.get_logger("relist.gateway")


class GatewayPartEnded(Exception):
    """A background task ended unexpectedly; the gateway must be restarted."""

    def __init__(self, part: str) -> None:
        super().__init__(f"the gateway's {part} task ended unexpectedly; restart the gateway")


async def run_gateway(settings: Settings, started: Callable[[int], None] | None = None) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. `started` is called with the port.

    Raises SettingsError and RedisError while starting, GatewayPartEnded later.
    """
    access = access_options(settings)
    if access.is_open and not is_loopback(settings.bind_host):
        raise SettingsError(
            f"RELIST_PAGE_TOKEN is not set, but RELIST_BIND_HOST {settings.bind_host} is open to other machines;"
            " set a token for the web UI, or RELIST_PAGE_PROXIES"
        )
    try:
        record = open_record(settings.record_url.get_secret_value(), settings.journal_dir)
    except ValueError as wrong:
        raise SettingsError(f"RELIST_RECORD_URL: {wrong}") from None
    apps = load_apps(settings)
    markets = load_markets(settings.markets_file)
    registry = CollectorRegistry()
    process_series(registry)
    tracing = start_tracing("relist-gateway", registry)
    redis = connect(settings.redis_url)
    try:
        epoch = await check_redis(redis, GATEWAY_COMMANDS, partial(products_known, record))
        if wrong_clock := await clock_against_redis(redis):
            raise UnsuitableRedis(wrong_clock)
    except UnsuitableRedis as problem:
        await record.close()
        await redis.aclose()
        raise SettingsError(str(problem)) from None
    transport = transport_of(settings)
    cipher = TokenCipher(*settings.token_keys)
    app, web_ui = gateway_application(
        redis,
        registry,
        {name: (each.key, each.secret) for name, each in apps.items()},
        access,
        record,
        ShopConnector(transport, redis, cipher),
        markets=markets,
        lease_seconds=settings.lease_seconds,
        outcomes_maxlen=settings.outcomes_maxlen,
        open_client=client_opener(redis, cipher, transport),
        ready=Readiness(RedisReadiness(redis, epoch, GATEWAY_COMMANDS).problem, partial(clock_against_redis, redis)),
    )
    runner, port = await serve(app, settings.bind_host, settings.gateway_port, setting="RELIST_GATEWAY_PORT")
    intake = Intake(
        redis,
        process_id(),
        registry,
        settings.rejected_maxlen,
        may_read=epoch.intact,
        on_enqueued=trace_of_enqueued(tracing),
    )
    fleet = FleetMetrics(
        redis,
        registry,
        cipher,
        transport,
        lease_seconds=settings.lease_seconds,
        max_shops=settings.metrics_shops,
        deadlines=markets.deadlines(),
    )
    parts = [
        asyncio.create_task(intake.run(), name="intake"),
        asyncio.create_task(fleet.run(), name="fleet_metrics"),
        asyncio.create_task(RunMetrics(record, redis, registry, process_id()).run(), name="run_metrics"),
        asyncio.create_task(ShopInspections(redis, cipher, transport).run(), name="shop_inspection"),
    ]
    if tracing is not None:
        parts.append(asyncio.create_task(tracing.exporter.run(), name="traces"))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("gateway_started", port=port)
    if started is not None:
        started(port)
    try:
        async with transport:
            await until_stopped(parts, stop)
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
        if tracing is not None:
            await tracing.exporter.close()
        await runner.cleanup()
        await web_ui.close()
        await record.close()
        await redis.aclose()
        log.info("gateway_stopped")


def trace_of_enqueued(tracing: Tracing | None) -> Callable[[Iterable[Job]], None] | None:
    """Starts the traces of fed jobs, if tracing is on. The module imports OpenTelemetry."""
    if tracing is None:
        return None
    from tracing.jobs import trace_enqueued

    return partial(trace_enqueued, tracing.tracer)


def gateway_application(
    redis: AnyRedis,
    registry: CollectorRegistry,
    apps: Mapping[str, tuple[str, str]],
    access: AccessOptions,
    record: Record,
    connector: ShopConnector,
    *,
    markets: Markets = NO_MARKETS,
    lease_seconds: float = 30.0,
    outcomes_maxlen: int = 1_000_000,
    open_client: OpenClient | None = None,
    ready: Readiness | None = None,
) -> tuple[web.Application, WebUI]:
    """Build the application with the routes of docs/openapi.yaml. `apps`: name -> app key and app secret."""

    app = health_application(registry, ready or Readiness(partial(redis_problem, redis)))
    receiver = WebhookReceiver(apps, redis, registry)
    app.router.add_post(WEBHOOK_PATH, receiver.receive)
    ConnectCallback(connector, redis).add_to(app)
    web_ui = WebUI(
        redis,
        access,
        record,
        markets=markets,
        lease_seconds=lease_seconds,
        outcomes_maxlen=outcomes_maxlen,
        open_client=open_client,
    )
    web_ui.add_to(app)
    return app, web_ui


async def clock_against_redis(redis: AnyRedis) -> str:
    """Return a problem if the clock is more than a day off, or an empty string."""
    try:
        server = await server_milliseconds(redis) / 1000
    except REDIS_UNAVAILABLE:
        return ""  # another check reports it
    return clock_problem(time.time(), server, "Redis") or ""


async def redis_problem(redis: AnyRedis) -> str:
    if await takes_writes(redis):
        return ""
    return await write_obstacle(redis) or "Redis is unavailable or refuses writes"


async def until_stopped(parts: Sequence[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for `stop`. Raises GatewayPartEnded if a task ends first: a partly working gateway must not look ready."""
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({stopping, *parts}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
    for part in parts:
        if part in done and not stop.is_set():
            error = None if part.cancelled() else part.exception()
            log.error("gateway_part_ended", part=part.get_name(), exc_info=error)
            raise GatewayPartEnded(part.get_name()) from error
