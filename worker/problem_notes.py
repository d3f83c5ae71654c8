"""Publishes the problems of this worker, for commands, metrics and the web UI."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import structlog

from config.settings import Settings
from http_server.readiness import Check
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis, connect
from redis_client.server_time import server_milliseconds
from shop_queue.worker_problems import MAX_TEXT, WorkerProblem, forget_refused_start, note_problems, note_refused_start
from worker.config_files import WatchedFile

log = structlog.get_logger("relist.worker")

CHECK_SECONDS, RENEW_SECONDS = 5.0, 60.0
REFUSAL_SECONDS = 5.0
"""Time limit for writing the note about a refused start; the worker exits in any case."""


class ProblemNotes:
    def __init__(self, redis: AnyRedis, worker_id: str, checks: Mapping[str, Check]) -> None:
        """`checks`: slug -> check."""
        self._redis, self._worker_id, self._checks = redis, worker_id, checks
        self._noted: dict[str, WorkerProblem] = {}
        self._renewed_at = float("-inf")

    async def run(self) -> None:
        """Check until cancelled, and write what has changed."""
        is_forgotten = False
        while True:
            try:
                if not is_forgotten:
                    await forget_refused_start(self._redis, socket.gethostname())
                    is_forgotten = True
                await self.check()
            except REDIS_UNAVAILABLE as error:
                log.warning("redis_unavailable", error=type(error).__name__)
            await asyncio.sleep(CHECK_SECONDS)

    async def check(self) -> None:
        """Raises RedisError."""
        texts = {slug: text[:MAX_TEXT] for slug, check in self._checks.items() if (text := await check())}
        now = await server_milliseconds(self._redis) / 1000 if texts else 0.0
        found = {
            slug: WorkerProblem(slug, text, self._noted[slug].since if slug in self._noted else now)
            for slug, text in texts.items()
        }
        if found != self._noted or (found and now - self._renewed_at >= RENEW_SECONDS):
            await note_problems(self._redis, self._worker_id, tuple(found.values()))
            self._noted, self._renewed_at = found, now


def file_check(setting: str, file: WatchedFile[Any]) -> Check:
    """Report a file whose new version cannot be used, while its previous version stays in use."""

    async def check() -> str:
        file.current()
        kept = "the file can no longer be used; its previous version stays in use"
        return f"{setting}: {kept}: {file.problem}" if file.problem else ""

    return check


async def leave_note_of_refusal(settings: Settings, problem: str) -> None:
    """Write why this worker does not start. If Redis refuses the note, the log still has the reason."""
    try:
        async with asyncio.timeout(REFUSAL_SECONDS):
            redis = connect(settings.redis_url)
            try:
                await note_refused_start(redis, socket.gethostname(), problem)
            finally:
                await redis.aclose()
    except (*REDIS_UNAVAILABLE, TimeoutError, ValueError) as error:
        log.warning("refusal_not_noted", error=type(error).__name__)
