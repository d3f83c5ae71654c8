"""The HTTP face: checks what the platform checks, in its order, then answers from the world."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from simulator.audits import Audits
from simulator.books import books
from simulator.edit_rules import Refusal
from simulator.operations import OPERATIONS, Operation
from simulator.options import SimulatorOptions
from simulator.world import SimulatedShop, World
from tiktok_shop.signing import sign_request

YEAR = 365 * 86400


@dataclass(slots=True)
class RunningSimulator:
    url: str
    world: World
    stop: Callable[[], Any]


class Server:
    def __init__(self, options: SimulatorOptions) -> None:
        self.world = World(options)
        self.audits = Audits(self.world)
        self._requests = 0

    def application(self) -> web.Application:
        app = web.Application(client_max_size=12 * 1024 * 1024)
        app.router.add_get("/simulator/books", self._books)
        app.router.add_get("/simulator/shops", self._shops)
        app.router.add_post("/simulator/faults", self._faults)
        app.router.add_get("/api/v2/token/get", self._token)
        app.router.add_get("/api/v2/token/refresh", self._token)
        for operation in OPERATIONS:
            for version in operation.versions:
                path = operation.path.format(version=version)
                app.router.add_route(operation.method, path, self._handler(operation))
        return app

    def _handler(self, operation: Operation) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            return await self._answer(operation, request, raw)

        return handle

    async def _answer(self, operation: Operation, request: web.Request, raw: bytes) -> web.StreamResponse:
        self._requests += 1
        request_id = f"sim{self._requests:012d}"
        faults, random = self.world.faults, self.world.random
        if faults.latency_seconds:
            await asyncio.sleep(faults.latency_seconds)
        if faults.outage:
            return web.Response(status=503, text="service unavailable")
        if faults.error_share and random.random() < faults.error_share:
            return envelope(36009003, "internal error", request_id, status=500)
        try:
            shop = self._authenticate(operation, request, raw)
            body = self._body(operation, raw)
            if shop is not None:
                self._allow(operation, shop)
                shop.calls[operation.name] += 1
            call = Call(self, shop, request, body)
            data = operation.run(call)
        except Refusal as refusal:
            status = refusal.status or self.world.options.business_errors_status
            headers = (
                {"retry-after": "1"} if refusal.code == 36009002 and self.world.options.tells_retry_after else None
            )
            return envelope(refusal.code, refusal.message, request_id, status=status, headers=headers)
        if faults.reset_share and random.random() < faults.reset_share and request.transport is not None:
            request.transport.abort()
        if faults.malformed_share and random.random() < faults.malformed_share:
            return web.Response(text='{"code":0,"data":{"pro', content_type="application/json")
        return envelope(0, "Success", request_id, data)

    def _authenticate(self, operation: Operation, request: web.Request, raw: bytes) -> SimulatedShop | None:
        """Signature, time, token, cipher: in that order. Raises Refusal."""
        query, options = request.query, self.world.options
        if query.get("app_key") != options.app_key:
            raise Refusal(36009004, "app_key is invalid", 400)
        timestamp = query.get("timestamp", "")
        if not timestamp.isdigit() or not -300 <= int(timestamp) - time.time() <= 30:
            raise Refusal(36009004, "timestamp is expired or invalid", 400)
        multipart = request.content_type == "multipart/form-data"
        expected = sign_request(options.app_secret, request.path, query, raw, multipart=multipart)
        if query.get("sign") != expected:
            raise Refusal(106001, "signature is invalid", 401)
        cipher = query.get("shop_cipher")
        if not operation.takes_cipher and cipher:
            raise Refusal(36009004, "shop_cipher is not required", 400)
        if operation.takes_cipher and not cipher:
            raise Refusal(106013, "shop_cipher is missing", 400)
        token = request.headers.get("x-tts-access-token", "")
        owner = self._owner(token)
        if owner is None:
            raise Refusal(36009004, "access_token is invalid", 401)
        if owner.token_dead or (options.old_tokens_die and token != owner.access_token()):
            raise Refusal(105002, "access token is expired", 401)
        if cipher is None:
            return owner
        shop = self.world.by_cipher.get(cipher)
        if shop is not owner:
            raise Refusal(101000, "the token does not match the shop_cipher", 401)
        return shop

    def _owner(self, token: str) -> SimulatedShop | None:
        parts = token.split("_")
        return self.world.by_id.get(parts[2]) if len(parts) == 4 and parts[:2] == ["TTP", "sim"] else None

    def _allow(self, operation: Operation, shop: SimulatedShop) -> None:
        allowance = shop.writes if operation.writes else shop.reads
        if not self.world.options.unlimited and not allowance.accepts(time.monotonic()):
            raise Refusal(36009002, "too many requests", 429)

    @staticmethod
    def _body(operation: Operation, raw: bytes) -> dict[str, Any]:
        if not raw or operation.method == "GET" or operation.name == "upload_image":
            return {}
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise Refusal(36009004, "the body is not JSON", 400) from None
        if not isinstance(body, dict):
            raise Refusal(36009004, "the body is not an object", 400)
        return body

    async def _token(self, request: web.Request) -> web.StreamResponse:
        query, options = request.query, self.world.options
        if query.get("app_key") != options.app_key or query.get("app_secret") != options.app_secret:
            return envelope(36004003, "app_key or app_secret is wrong", "sim-token")
        credential = query.get("refresh_token") or query.get("auth_code") or ""
        parts = credential.split("_")
        shop = self.world.by_id.get(parts[2]) if len(parts) == 4 else None
        if shop is None or shop.token_dead or (request.path.endswith("refresh") and credential != shop.refresh_token):
            return envelope(36004004, "the authorization code or refresh token is invalid", "sim-token")
        shop.generation += 1
        now = int(time.time())
        data = {
            "access_token": shop.access_token(),
            "access_token_expire_in": now + 7 * 86400,
            "refresh_token": shop.refresh_token,
            "refresh_token_expire_in": now + YEAR,
            "open_id": f"open{shop.number}",
            "seller_name": f"Seller {shop.number}",
            "seller_base_region": shop.region,
            "user_type": 0,
        }
        return envelope(0, "success", "sim-token", data)

    async def _books(self, _: web.Request) -> web.StreamResponse:
        return web.Response(body=orjson.dumps(books(self.world)), content_type="application/json")

    async def _shops(self, _: web.Request) -> web.StreamResponse:
        now = int(time.time())
        shops = [
            {
                "shop_id": shop.shop_id,
                "cipher": shop.cipher,
                "region": shop.region,
                "name": f"Shop {shop.number}",
                "access_token": shop.access_token(),
                "refresh_token": shop.refresh_token,
                "access_expires": now + 7 * 86400,
                "refresh_expires": now + YEAR,
            }
            for shop in self.world.shops
        ]
        return web.Response(body=orjson.dumps(shops), content_type="application/json")

    async def _faults(self, request: web.Request) -> web.StreamResponse:
        """`{"error_share": 0.1, ...}`; with `shop_id` also `token_dead`, `generation`, `allowance_factor`."""
        wanted = await request.json()
        shop = self.world.by_id.get(str(wanted.pop("shop_id", "")))
        for name, value in wanted.items():
            if shop is not None and name == "allowance_factor":
                for allowance in (shop.reads, shop.writes):
                    allowance.per_second = max(1, int(allowance.per_second * value))
            elif shop is not None and name in ("token_dead", "generation"):
                setattr(shop, name, value)
            elif hasattr(self.world.faults, name):
                setattr(self.world.faults, name, value)
            else:
                return web.Response(status=400, text=f"no fault is called {name}\n")
        return web.Response(text="ok\n")


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request, as an operation sees it."""

    server: Server
    authenticated: SimulatedShop | None
    request: web.Request
    body: dict[str, Any]

    @property
    def shop(self) -> SimulatedShop:
        if self.authenticated is None:
            raise Refusal(106013, "shop_cipher is missing", 400)
        return self.authenticated

    @property
    def world(self) -> World:
        return self.server.world

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    def query(self, name: str, default: str = "") -> str:
        return self.request.query.get(name, default)


def envelope(
    code: int,
    message: str,
    request_id: str,
    data: dict[str, Any] | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> web.Response:
    body = orjson.dumps({"code": code, "message": message, "data": data, "request_id": request_id})
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


async def start(options: SimulatorOptions, host: str = "127.0.0.1", port: int = 0) -> RunningSimulator:
    """Serves until `stop()`; port 0 takes a free one."""
    server = Server(options)
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    address = runner.addresses[0]

    async def stop() -> None:
        await server.audits.close()
        await runner.cleanup()

    return RunningSimulator(f"http://{address[0]}:{address[1]}", server.world, stop)
