"""`/metrics`: rendered at most once per second, and refused to clients that ask more often.

Rendering thousands of series blocks the event loop, which must also answer webhooks before the platform gives up after
3 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

RENDER_SECONDS = 1.0
MAX_PER_SECOND = 20
"""Responses per second. Prometheus asks every 15 seconds."""
MAX_FORMATS = 8


class MetricsEndpoint:
    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns monotonic seconds."""
        self._registry, self._clock = registry, clock
        self._rendered: dict[str, tuple[float, bytes]] = {}
        self._second, self._answered = float("-inf"), 0

    async def get(self, request: web.Request) -> web.Response:
        if self._is_flooded():
            headers = {"Retry-After": "1", "Connection": "close"}
            return web.Response(status=429, text="too many requests for metrics\n", headers=headers)
        # OpenMetrics, which carries trace ids, if the client accepts it, as Prometheus does.
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        at, body = self._rendered.get(content_type, (float("-inf"), b""))
        if self._clock() - at >= RENDER_SECONDS:
            if len(self._rendered) >= MAX_FORMATS:
                self._rendered.clear()
            body = encode(self._registry)
            self._rendered[content_type] = self._clock(), body
        return web.Response(body=body, headers={"content-type": content_type})

    def _is_flooded(self) -> bool:
        now = self._clock()
        if now - self._second >= 1.0:
            self._second, self._answered = now, 0
        self._answered += 1
        return self._answered > MAX_PER_SECOND
