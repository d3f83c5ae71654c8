"""Opens the record and checks Redis when a worker starts."""

from __future__ import annotations

import time
from functools import partial

import structlog

from config.settings import Settings, SettingsError
from http_server.clock_check import clock_problem
from record.errors import RecordUnavailable, SchemaTooNew
from record.known_products import products_known
from record.opening import open_record
from record.record import Record
from redis_client.connect import AnyRedis
from redis_client.server_checks import UnsuitableRedis
from redis_client.server_time import server_milliseconds
from shop_queue.epoch import EpochWatch
from shop_queue.required_commands import WORKER_COMMANDS
from shop_queue.start import check_redis

log = structlog.get_logger("relist.worker")


async def opened_record(settings: Settings) -> Record:
    """Opens the record and upgrades its schema. If it is unavailable, jobs wait for it. Raises SettingsError."""
    try:
        record = open_record(settings.record_url.get_secret_value(), settings.journal_dir)
    except ValueError as wrong:
        raise SettingsError(f"RELIST_RECORD_URL: {wrong}") from None
    try:
        await record.upgrade()
    except SchemaTooNew as too_new:
        raise SettingsError(str(too_new)) from None
    except RecordUnavailable as unavailable:
        log.error("record_unavailable", error=str(unavailable))
    return record


async def checked_redis(redis: AnyRedis, record: Record) -> EpochWatch:
    """Checks the server, the rights of its user, and this machine's clock. Raises SettingsError and RedisError."""
    try:
        epoch = await check_redis(redis, WORKER_COMMANDS, partial(products_known, record))
    except UnsuitableRedis as problem:
        raise SettingsError(str(problem)) from None
    if clock_error := clock_problem(time.time(), await server_milliseconds(redis) / 1000, "Redis"):
        raise SettingsError(clock_error)
    return epoch
