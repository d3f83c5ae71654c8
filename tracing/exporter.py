"""Collects encoded spans and sends them to the collector in batches, without ever delaying work."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections import deque
from collections.abc import Mapping
from importlib.metadata import version

import aiohttp
import structlog
from prometheus_client import Counter

from tracing.span import encode_request
from tracing.variables import Destination

log = structlog.get_logger("relist.traces")

RETRIED = frozenset({429, 502, 503, 504})
ATTEMPTS, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 4, 1.0, 30.0
FLUSH_SECONDS = 5.0


class SpanExporter:
    """Run `run` in a task, and `close` before the process ends. Spans that do not fit into the queue are dropped."""

    def __init__(self, destination: Destination, resource: Mapping[str, object], spans: Counter) -> None:
        """`spans` counts by result: sent, dropped."""
        self._to, self._resource = destination, resource
        self._queue: deque[bytes] = deque()
        self._full = asyncio.Event()
        self._version = version("tiktok-relist")
        self._spans = spans
        self._failing = False

    def add(self, span: bytes) -> None:
        if len(self._queue) >= self._to.queue:
            self._spans.labels("dropped").inc()
            return
        self._queue.append(span)
        if len(self._queue) >= self._to.batch:
            self._full.set()

    async def run(self) -> None:
        """Sends spans until cancelled."""
        async with self._session() as session:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._full.wait(), self._to.delay_seconds)
                self._full.clear()
                await self._send_all(session)

    async def close(self) -> None:
        """Sends what is left, for at most `FLUSH_SECONDS`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS), self._session() as session:
                await self._send_all(session)
        self._spans.labels("dropped").inc(len(self._queue))
        self._queue.clear()

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1, ssl=self._to.tls()),
            timeout=aiohttp.ClientTimeout(total=self._to.timeout_seconds),
            headers={**self._to.headers, "content-type": "application/x-protobuf"},
        )

    async def _send_all(self, session: aiohttp.ClientSession) -> None:
        while self._queue:
            spans = [self._queue.popleft() for _ in range(min(len(self._queue), self._to.batch))]
            try:
                problem = await self._send(session, encode_request(spans, self._resource, self._version))
            except asyncio.CancelledError:
                self._queue.extendleft(reversed(spans))
                raise
            self._spans.labels("dropped" if problem else "sent").inc(len(spans))
            if problem and not self._failing:
                log.warning("traces_not_sent", error=problem)
            elif self._failing and not problem:
                log.info("traces_sent_again")
            self._failing = bool(problem)

    async def _send(self, session: aiohttp.ClientSession, body: bytes) -> str:
        """Returns the problem, or an empty string. Retries as the protocol permits."""
        encoding = {"content-encoding": "gzip"} if self._to.gzip else {}
        if self._to.gzip:
            body = gzip.compress(body, 1)
        wait, problem = FIRST_WAIT_SECONDS, ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(min(wait, LONGEST_WAIT_SECONDS))
                wait *= 2
            try:
                async with session.post(self._to.url, data=body, headers=encoding, allow_redirects=False) as answer:
                    if answer.status == 200:
                        return ""
                    problem = f"the collector returned {answer.status}"
                    if answer.status not in RETRIED:
                        return problem
                    wait = _retry_after(answer.headers) or wait
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                problem = f"no response from the collector ({type(error).__name__})"
        return problem


def _retry_after(headers: Mapping[str, str]) -> float:
    """The pause in seconds that the collector requests; 0 if there is none, or if it is a date."""
    text = headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0
