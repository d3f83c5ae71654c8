"""A receiver of webhooks that checks signatures and can refuse the first attempts."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import orjson
from aiohttp import web


class Receiver:
    """Refuses the first `rejections` deliveries of each notification."""

    def __init__(self, rejections: int = 0) -> None:
        self.rejections = rejections
        self.url = ""
        self.attempts: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []
        self.forged = 0
        self._refused: dict[str, int] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Receiver:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._receive)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hooks"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def of_type(self, kind: int) -> list[dict[str, Any]]:
        return [each for each in self.taken if each["type"] == kind]

    async def _receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        good = hmac.new(b"simulated-secret", b"simulated-key" + raw, hashlib.sha256).hexdigest()
        if request.headers.get("authorization") != good:
            self.forged += 1
            return web.Response(status=401)
        notification = orjson.loads(raw)
        self.attempts.append(notification)
        identity = notification["tts_notification_id"]
        self._refused[identity] = self._refused.get(identity, 0) + 1
        if self._refused[identity] <= self.rejections:
            return web.Response(status=500)
        self.taken.append(notification)
        return web.Response()
