"""The worker process: everything is made and joined here."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from arq import cron
from prometheus_client import CollectorRegistry

from config.health_server import health_application, serve
from config.markets import load_markets
from config.metric_series import process_series
from config.settings import Settings, SettingsError
from shop_queue.connect import connect, takes_writes
from shop_queue.shops import ShopRegistry
from shop_queue.sweep import wake_forgotten
from tiktok_shop.token_cipher import TokenCipher
from tiktok_shop.tokens import TokenStore
from tiktok_shop.transport import Transport
from worker.catalogue import CatalogueCache
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.garbage import look_for_garbage_seldom
from worker.jobs.kinds import job_kinds
from worker.journal import Journal
from worker.lane_worker import LaneWorker
from worker.metrics import WorkerMetrics
from worker.operator_files import attribute_rules_file, mapping_file
from worker.plans import Plans
from worker.relist.table_file import BadFile
from worker.services import Services

log = structlog.get_logger("relist.worker")


async def run_worker(settings: Settings, started: Callable[[int], None] | None = None) -> None:
    """Works until SIGTERM or SIGINT; `started` is told the metrics port. Raises SettingsError, RedisError at start."""
    markets = load_markets(settings.markets_file)
    try:
        mapping, rules = mapping_file(settings.mapping_file), attribute_rules_file(settings.attribute_rules_file)
    except BadFile as bad:
        raise SettingsError(f"RELIST_MAPPING_FILE or RELIST_ATTRIBUTE_RULES_FILE: {bad}") from None
    redis = connect(settings.redis_url)
    await redis.execute_command("PING")
    worker_id = f"{socket.gethostname()}-{os.getpid()}"
    registry = CollectorRegistry()
    process_series(registry)
    metrics = WorkerMetrics(registry, slots=settings.max_jobs, most_shops=settings.metrics_shops)
    transport = Transport(
        settings.api_url,
        settings.auth_url,
        settings.app_key,
        settings.app_secret.get_secret_value(),
        observer=metrics,
    )
    shops = ShopRegistry(redis)
    tokens = TokenStore(redis, TokenCipher(*settings.token_keys), transport, transport.now)
    journal = Journal(settings.journal_dir, worker_id)
    services = Services(
        transport,
        tokens,
        shops,
        CatalogueCache(redis),
        journal,
        Plans(redis),
        markets,
        mapping,
        rules,
        frozenset(name.strip() for name in settings.allowed_fields.split(",") if name.strip()),
        audit_poll_seconds=settings.audit_poll_seconds,
        upgrade_poll_seconds=settings.upgrade_poll_seconds,
        now=lambda: datetime.fromtimestamp(transport.now(), UTC),
    )
    kinds = job_kinds(services, redis)
    metrics.know_kinds({name: kind.timeout_seconds for name, kind in kinds.items()})
    options = EngineOptions(
        max_jobs=settings.max_jobs,
        lease_seconds=settings.lease_seconds,
        default_rate=settings.default_rate,
        max_rate=settings.max_rate,
        max_attempts=settings.max_attempts,
        outcomes_maxlen=settings.outcomes_maxlen,
        app_rate=settings.app_rate,
    )
    engine = LaneEngine(redis, worker_id, kinds, options, metrics)

    async def sweep(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        known = [shop.shop_id for shop in await shops.all()]
        await engine.relay_outboxes(known)
        forgotten = await wake_forgotten(redis, known)
        if forgotten:
            log.warning("forgotten_shops_woken", count=len(forgotten))

    worker = LaneWorker(engine, redis, cron_jobs=[cron(sweep, name="sweep", second=0)])
    look_for_garbage_seldom()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    runner, port = await serve(
        health_application(registry, partial(takes_writes, redis)),
        settings.bind_host,
        settings.metrics_port,
        setting="RELIST_METRICS_PORT",
    )
    log.info("worker_started", worker=worker_id, metrics_port=port)
    if started is not None:
        started(port)
    try:
        async with transport, tokens:
            await worker.main()
    finally:
        await runner.cleanup()
        await journal.close()
        await redis.aclose()
        log.info("worker_stopped", worker=worker_id)
