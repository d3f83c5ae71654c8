"""`/connect/callback`: where the platform sends a seller's browser after the consent, with a code.

Anyone can call it, so the state must be one that `relist shops connect` has issued and that is unused.
"""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web

from authorisation.connector import ConsentFailed, ShopConnector
from authorisation.consent import BadCode, pasted_code
from authorisation.pending import PendingConsents
from authorisation.wording import shop_lines
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis

log = structlog.get_logger("relist.gateway")

MAX_CONCURRENT = 4
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class ConnectCallback:
    def __init__(self, connector: ShopConnector, redis: AnyRedis) -> None:
        self._connector, self._pending = connector, PendingConsents(redis)
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/connect/callback", self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """Exchange the code. The response is plain text for the seller and names no other shop."""
        state = request.query.get("state", "")
        if self._slots.locked():
            return _text(503, "Too many consents are being processed. Reload this page in a minute.")
        async with self._slots:
            try:
                code = pasted_code(request.query.get("code", "")).code
                app = await self._pending.take(state)
                if app is None:
                    return _text(
                        403, "This link is unknown, was used before, or is older than 7 days. Ask for a new one."
                    )
                return await self._connect(state, code, app)
            except BadCode:
                return _text(400, "The platform sent no code. Open the link that you were given again, and agree.")
            except REDIS_UNAVAILABLE as error:
                log.warning("redis_unavailable", error=type(error).__name__)
                return _text(503, "The service is unavailable at the moment. Ask for a new link.")

    async def _connect(self, state: str, code: str, app: str) -> web.Response:
        try:
            connected = await self._connector.from_code(code, app)
        except ConsentFailed as failed:
            log.warning("consent_failed", error=str(failed))
            await self._pending.end(state, (), (str(failed),))
            return _text(502, "The shops could not be connected. The operator has been informed.")
        lines = shop_lines(connected)
        await self._pending.end(state, lines, connected.problems)
        for each in connected.shops:
            log.info("shop_connected", shop_id=each.shop.shop_id, account=connected.account)
        for problem in connected.problems:
            log.warning("consent_failed", error=problem)
        if not lines:
            return _text(502, "The shops could not be connected. The operator has been informed.")
        return _text(200, "\n".join(["Thank you. You can close this page.", "", *lines]))


def _text(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text + "\n", headers=HEADERS)
