"""A collector on loopback that takes OTLP over HTTP and can refuse it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    def __init__(self) -> None:
        self.url = ""
        self.answers: list[int] = []
        """Statuses of the next answers; then 200."""
        self.headers: list[Mapping[str, str]] = []
        self.resources: list[dict[str, str]] = []
        self.spans: list[Span] = []
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Collector:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/v1/traces", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def trace(self, trace_id: bytes) -> list[Span]:
        """Its spans, in the order of their starts."""
        return sorted((s for s in self.spans if s.trace_id == trace_id), key=lambda span: span.start_time_unix_nano)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        async with self._changed:
            self.headers.append(dict(request.headers))
            status = self.answers.pop(0) if self.answers else 200
            if status == 200:
                assert request.content_type == "application/x-protobuf"
                message = ExportTraceServiceRequest.FromString(body)
                for each in message.resource_spans:
                    self.resources.append(attributes_of(each.resource))
                    self.spans += [span for scope in each.scope_spans for span in scope.spans]
            self._changed.notify_all()
        return web.Response(status=status)


def attributes_of(message: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in message.attributes}
