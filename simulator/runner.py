"""Runs the application and answers requests that aiohttp rejects as invalid HTTP with the platform's envelope."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from simulator.responses import envelope

REQUEST_ID = "sim-parser"


class _EnvelopeHandler(RequestHandler):
    def handle_error(
        self, request: Any, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answers a repeated header, which aiohttp refuses before any handler runs. Fact: two_content_types."""
        if status == 400 and message is not None and "content-type" in message.lower():
            response = envelope(36009022, "the content type is invalid: more than one Content-Type", REQUEST_ID)
            response.set_status(400)
            response.force_close()
            return response
        return super().handle_error(request, status, exc, message)


class EnvelopeRunner(web.AppRunner):
    async def _make_server(self) -> web.Server:  # aiohttp has no public way to replace the request handler
        server = await super()._make_server()
        return _EnvelopeServer(server.request_handler, request_factory=server.request_factory, access_log=None)


class _EnvelopeServer(web.Server):
    def __call__(self) -> RequestHandler:
        return _EnvelopeHandler(self, loop=self._loop, **self._kwargs)
