"""The HTTP server, which checks requests in the platform's order and then answers from the world."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from simulator.api_error import ApiError
from simulator.audits import Audits
from simulator.authentication import authenticate
from simulator.bad_answers import BAD_ANSWERS, distorted
from simulator.call import Call
from simulator.consent import ConsentPage
from simulator.control import Control
from simulator.operations import OPERATIONS, Operation
from simulator.options import SimulatorOptions
from simulator.request_body import read_body
from simulator.responses import envelope, envelope_bytes
from simulator.runner import EnvelopeRunner
from simulator.seller_activity import SellerActivity
from simulator.shop import SimulatedShop
from simulator.token_endpoints import answer_token_request
from simulator.upgrades import Upgrades
from simulator.webhooks import Webhooks
from simulator.world import World

THROTTLED, SANDBOX_THROTTLED = 36009002, 36009037
MAX_BYTES = 12 * 1024 * 1024
_VERSION = re.compile(r"/(\d{6})/")


@dataclass(slots=True)
class RunningSimulator:
    url: str
    world: World
    stop: Callable[[], Any]


class Server:
    def __init__(self, options: SimulatorOptions) -> None:
        self.world = World(options)
        self.webhooks = Webhooks(self.world)
        self.audits = Audits(self.world, self.webhooks)
        self.upgrades = Upgrades(self.world, self.webhooks)
        self.sellers = SellerActivity(self.world, self.audits, self.webhooks)
        self._requests = 0

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BYTES)
        Control(self.world, self.webhooks, self.audits, self.sellers).add_to(app)
        ConsentPage(self.world).add_to(app)
        for kind in ("get", "refresh"):
            app.router.add_get(f"/api/v2/token/{kind}", self._token)
        for operation in OPERATIONS:
            for version in operation.versions:
                path = operation.path.format(version=version)
                app.router.add_route(operation.method, path, self._handler(operation, version))
        app.router.add_route("*", "/{path:.*}", self._elsewhere)
        return app

    async def close(self) -> None:
        for part in (self.sellers, self.upgrades, self.audits, self.webhooks):
            await part.close()

    def _handler(self, operation: Operation, version: str) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                raw = await request.read()
            except web.HTTPRequestEntityTooLarge:
                return envelope(36009021, "the request is too big", self._request_id(), status=413)
            return await self._answer(operation, version, request, raw)

        return handle

    async def _answer(self, operation: Operation, version: str, request: web.Request, raw: bytes) -> web.StreamResponse:
        request_id = self._request_id()
        faults, random = self.world.faults, self.world.random
        if faults.outage:
            return web.Response(status=503, text="service unavailable")
        applies = not faults.only or operation.name in faults.only

        def strikes(share: float) -> bool:
            return applies and share > 0 and random.random() < share

        if applies and faults.latency_seconds:
            await asyncio.sleep(faults.latency_seconds)
        if strikes(faults.reset_before_share):
            return _reset(request)
        if strikes(faults.error_share):
            return envelope(36009003, "internal error", request_id, status=500)
        if strikes(faults.html_share):
            return web.Response(text="<html><body>Please wait</body></html>", content_type="text/html")
        if strikes(faults.bad_answer_share):
            return await BAD_ANSWERS[random.choice(faults.bad_answers or tuple(BAD_ANSWERS))](request)
        try:
            data = await self._run(operation, version, request, raw)
        except ApiError as error:
            status = error.status or self.world.options.business_errors_status
            tells = error.code == THROTTLED and faults.tells_retry_after
            headers = {"retry-after": "1"} if tells else None
            return envelope(error.code, error.message, request_id, status=status, headers=headers)
        if strikes(faults.reset_share):
            self._lost(operation)
            return _reset(request)
        if strikes(faults.malformed_share):
            self._lost(operation)
            whole = envelope_bytes(0, "Success", request_id, data)
            return web.Response(body=whole[: len(whole) // 2], content_type="application/json")
        if strikes(faults.distorted_share):
            data = distorted(data, random)
        return envelope(0, "Success", request_id, data)

    async def _run(self, operation: Operation, version: str, request: web.Request, raw: bytes) -> dict[str, Any]:
        """Raises ApiError."""
        account, shop = authenticate(self.world, operation, request, raw)
        body = read_body(operation, request, raw, accepts_empty_list=self.world.options.accepts_empty_list_body)
        payer = shop or self.world.by_id[account.name]
        self._check_allowance(operation, payer)
        payer.calls[operation.name] += 1
        call = Call(self.world, self.audits, self.upgrades, account, shop, request, raw, body, version)
        data = operation.run(call)
        return await data if inspect.isawaitable(data) else data

    def _check_allowance(self, operation: Operation, shop: SimulatedShop) -> None:
        if not shop.hourly.accepts(time.time(), self.world.options.sandbox_requests_per_hour):
            raise ApiError(SANDBOX_THROTTLED, "too many requests: the sandbox quota of this hour is used up", 429)
        allowance = shop.writes if operation.writes else shop.reads
        if not self.world.options.unlimited and not allowance.accepts(time.monotonic()):
            raise ApiError(THROTTLED, "too many requests", 429)

    def _lost(self, operation: Operation) -> None:
        """Counts an executed edit whose response is never sent."""
        self.world.edit_answers_lost += operation.name == "edit_product"

    def _request_id(self) -> str:
        self._requests += 1
        return f"sim{self._requests:012d}"

    async def _token(self, request: web.Request) -> web.StreamResponse:
        if self.world.faults.outage:
            return web.Response(status=503, text="service unavailable")
        return await answer_token_request(self.world, request)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        """Answers requests with an unknown path, version or method."""
        versioned = _VERSION.sub("/{version}/", request.path, count=1)
        methods = {
            (operation.method, version)
            for operation in OPERATIONS
            if re.fullmatch(_pattern(operation), versioned)
            for version in operation.versions
        }
        sent = _VERSION.search(request.path)
        if not methods:
            return envelope(36009009, "no endpoint has this path", self._request_id(), status=404)
        if sent and sent[1] not in {version for _, version in methods}:
            return envelope(36009014, "the API version is unknown or retired", self._request_id(), status=404)
        return envelope(36009010, "the method is not accepted here", self._request_id(), status=405)


def _pattern(operation: Operation) -> str:
    return re.sub(r"\\\{\\\{\w+\\\}\\\}", "[^/]+", re.escape(operation.path))


def _reset(request: web.Request) -> web.StreamResponse:
    """Closes the connection; the returned response is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def start(options: SimulatorOptions, host: str = "127.0.0.1", port: int = 0) -> RunningSimulator:
    """Serves until `stop()`; port 0 chooses a free port."""
    server = Server(options)
    runner = EnvelopeRunner(server.application(), access_log=None)
    await runner.setup()
    server.sellers.start()
    site = web.TCPSite(runner, host, port)
    await site.start()
    address = runner.addresses[0]

    async def stop() -> None:
        await server.close()
        await runner.cleanup()

    return RunningSimulator(f"http://{address[0]}:{address[1]}", server.world, stop)
