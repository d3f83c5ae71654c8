"""Publishes that this worker gets no response from the platform, for commands, metrics and the web UI."""

from __future__ import annotations

import asyncio

import structlog

from authorisation.causes import WAIT, Cause
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.worker_outages import forget_outage, note_outage
from worker.engine.observer import Observer

log = structlog.get_logger("relist.worker")

RETRY_SECONDS = 1.0


class OutageNotes(Observer):
    """An observer of the engine. Only `run` writes to Redis, so that events do not wait for it."""

    def __init__(self, redis: AnyRedis, worker_id: str) -> None:
        self._redis, self._worker_id = redis, worker_id
        self._down: Cause | None = None
        """Why the platform does not respond, during an outage."""
        self._since: float | None = None
        self._changed = asyncio.Event()

    def circuit_opened(self, error: str, cause: Cause | None) -> None:
        self._down, self._since = cause or Cause("platform", error, WAIT, "all"), None
        self._changed.set()

    def probe_failed(self) -> None:
        self._changed.set()

    def circuit_closed(self) -> None:
        self._down = None
        self._changed.set()

    async def run(self) -> None:
        """Write each change until cancelled, then remove the entry."""
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                try:
                    await self._write()
                except REDIS_UNAVAILABLE as error:
                    log.warning("redis_unavailable", error=type(error).__name__)
                    self._changed.set()
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            if self._down is not None:
                await self._forget()

    async def _write(self) -> None:
        down = self._down
        if down is None:
            await forget_outage(self._redis, self._worker_id)
        else:
            since = await note_outage(self._redis, self._worker_id, down.slug, down.what, down.fix, self._since)
            if self._down is down:
                self._since = since

    async def _forget(self) -> None:
        try:
            await forget_outage(self._redis, self._worker_id)
        except REDIS_UNAVAILABLE as error:
            # The entry counts only while the worker is alive.
            log.warning("redis_unavailable", error=type(error).__name__)
