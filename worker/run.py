"""The composition root of the worker process."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from arq import cron
from prometheus_client import CollectorRegistry

from authorisation.platform import transport_of
from config.markets import load_markets
from config.metrics.series import process_series
from config.process_id import process_id
from config.settings import Settings, SettingsError
from config.version import process_version
from http_server.clock_check import clock_problem
from http_server.health import health_application, serve
from http_server.open_files import pool_limit, raise_file_limit
from http_server.readiness import Readiness, files_problem, log_check
from redis_client.connect import connect
from rollout.service import Rollout
from shop_queue.producer import LaneProducer
from shop_queue.required_commands import WORKER_COMMANDS
from shop_queue.start import RedisReadiness
from shop_queue.worker_versions import note_version
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore
from tracing.start import Tracing, start_tracing
from worker.asked_again import AskedAgain
from worker.background import kept_running
from worker.cancelled_runs import CancelledRuns
from worker.edit_ledger import EditLedger
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.observer import Observer
from worker.engine.results import StopWorker
from worker.gc_tuning import tune_gc
from worker.guarded_observers import GuardedObservers
from worker.held_edits import HeldEdits
from worker.job_log import JobLog
from worker.jobs.handlers import job_handlers
from worker.jobs.probe import probe_of
from worker.lane_worker import LaneWorker
from worker.live_listings import LiveListings
from worker.maintenance import Maintenance
from worker.metrics import WorkerMetrics
from worker.operator_files import open_files
from worker.outage_notes import OutageNotes
from worker.pending_audits import PendingAudits
from worker.problem_notes import ProblemNotes, leave_note_of_refusal
from worker.record_size import RecordSize
from worker.services import Services, redis_stores
from worker.shop_authorisation import ShopAuthorisation
from worker.shop_copies import ShopCopies
from worker.stores import checked_redis, opened_record

log = structlog.get_logger("relist.worker")


def engine_options(settings: Settings) -> EngineOptions:
    return EngineOptions(
        max_jobs=settings.max_jobs,
        lease_seconds=settings.lease_seconds,
        default_rate=settings.default_rate,
        max_rate=settings.max_rate,
        max_attempts=settings.max_attempts,
        outcomes_maxlen=settings.outcomes_maxlen,
        app_rate=settings.app_rate,
        fatal_assertions=False,
    )


def trace_observers(tracing: Tracing | None) -> tuple[Observer, ...]:
    """The observer of jobs, if tracing is on. Imported here, because the module imports OpenTelemetry."""
    if tracing is None:
        return ()
    from worker.job_traces import JobTraces

    return (JobTraces(tracing.tracer),)


async def run_worker(settings: Settings, started: Callable[[int], None] | None = None) -> None:
    """Runs until SIGTERM, SIGINT or SIGHUP. Calls `started` with the metrics port.

    Raises SettingsError and RedisError at the start, StopWorker later.
    """
    try:
        await _run(settings, started)
    except SettingsError as problem:
        await leave_note_of_refusal(settings, str(problem))
        raise


async def _run(settings: Settings, started: Callable[[int], None] | None) -> None:
    markets, operator_files = load_markets(settings.markets_file), open_files(settings)
    registry = CollectorRegistry()
    process_series(registry)
    tracing = start_tracing("relist-worker", registry)
    files = raise_file_limit()
    redis = connect(settings.redis_url, max_connections=pool_limit(files, 64))
    record = await opened_record(settings)
    try:
        epoch = await checked_redis(redis, record)
    except BaseException:
        await record.close()
        await redis.aclose()
        raise
    worker_id = process_id()
    metrics = WorkerMetrics(registry, slots=settings.max_jobs, max_shops=settings.metrics_shops)
    edits, held = EditLedger(), HeldEdits(LaneProducer(redis))
    outages = OutageNotes(redis, worker_id)
    live_listings, pending_audits = LiveListings(), PendingAudits()
    observers = GuardedObservers(
        metrics, edits, live_listings, pending_audits, held, outages, JobLog(), *trace_observers(tracing)
    )
    registry.register(observers)
    record_size = RecordSize(record, registry)
    transport = transport_of(
        settings,
        observer=observers,
        connections=pool_limit(files, 200),
        error_codes=operator_files.error_codes.current,
    )
    tokens = TokenStore(redis, TokenCipher(*settings.token_keys), transport, transport.now)
    rollout = Rollout(redis, settings.rollout)
    services = Services(
        transport=transport,
        tokens=tokens,
        record=record,
        **redis_stores(redis),
        markets=markets,
        authorisation=ShopAuthorisation(),
        rollout=rollout,
        mapping=operator_files.mapping,
        attribute_rules=operator_files.attribute_rules,
        facts=operator_files.facts,
        allowed_fields=frozenset(name.strip() for name in settings.allowed_fields.split(",") if name.strip()),
        edits=edits,
        live_listings=live_listings,
        pending_audits=pending_audits,
        held=held,
        asked_again=AskedAgain(redis),
        autofill_risk=settings.autofill_risk,
        cancelled=CancelledRuns(redis),
        audit_poll_seconds=settings.audit_poll_seconds,
        upgrade_poll_seconds=settings.upgrade_poll_seconds,
        now=lambda: datetime.fromtimestamp(transport.now(), UTC),
    )
    handlers = job_handlers(services, redis)
    metrics.register_kinds({kind: handler.timeout_seconds for kind, handler in handlers.items()})
    engine = LaneEngine(
        redis,
        worker_id,
        handlers,
        engine_options(settings),
        observers,
        probe=probe_of(services),
        may_lease=epoch.intact,
    )

    async def clock() -> str:
        return clock_problem(time.time(), transport.now(), "the platform") or ""

    redis_ready = RedisReadiness(redis, epoch, WORKER_COMMANDS)
    ready = Readiness(redis_ready.problem, record_size.problem, clock)
    problems = ProblemNotes(
        redis,
        worker_id,
        {
            "redis": redis_ready.problem,
            "record": record_size.problem,
            "clock": clock,
            "log": log_check(),
            "open_files": files_problem,
            **operator_files.checks(),
        },
    )

    await note_version(redis, worker_id, process_version())
    sweep = Maintenance(redis, engine, services.shops, worker_id).run
    worker = LaneWorker(engine, redis, cron_jobs=[cron(sweep, name="sweep", second=0)])
    tune_gc()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, worker.stop)
    runner, port = await serve(
        health_application(registry, ready),
        settings.bind_host,
        settings.metrics_port,
        setting="RELIST_METRICS_PORT",
    )
    log.info("worker_started", worker=worker_id, metrics_port=port)
    if started is not None:
        started(port)
    copies = ShopCopies(record, services.shops, tokens, epoch.intact)
    background = [
        asyncio.create_task(kept_running(name, run), name=name)
        for name, run in (
            ("record_size", record_size.run),
            ("shop_copies", copies.run),
            ("outage_notes", outages.run),
            ("problem_notes", problems.run),
            ("rollout", rollout.watch),
            *([("traces", tracing.exporter.run)] if tracing is not None else ()),
        )
    ]
    try:
        async with transport, tokens:
            await worker.main()
    except StopWorker as stop:
        log.critical("worker_stopped_itself", reason=str(stop))
        raise
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        if tracing is not None:
            await tracing.exporter.close()
        await runner.cleanup()
        await record.close()
        await redis.aclose()
        log.info("worker_stopped", worker=worker_id)
