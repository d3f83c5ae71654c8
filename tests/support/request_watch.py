"""A proxy between a worker and the platform that records the time, shop and path of each request."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from yarl import URL

from demo.local_fleet import LocalFleet

OWN = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-encoding", "date", "server"})


class RequestWatch:
    """Use as `async with RequestWatch(platform) as watch:` with `watch.address` as the worker's API_URL."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self.address = ""
        self.requests: list[tuple[float, str, str]] = []
        """Monotonic seconds, the shop's cipher, and the path of each request."""

    def by_shop(self) -> Counter[str]:
        return Counter(cipher for _, cipher, _ in self.requests)

    async def ciphers(self, fleet: LocalFleet) -> dict[str, str]:
        async with self._http.get(f"{fleet.platform.address}/simulator/shops") as answer:
            return {shop["shop_id"]: shop["cipher"] for shop in orjson.loads(await answer.read())}

    async def __aenter__(self) -> RequestWatch:
        self._http = aiohttp.ClientSession()
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self._runner.cleanup()
        await self._http.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        self.requests.append((time.monotonic(), request.query.get("shop_cipher", ""), request.path))
        async with self._http.request(
            request.method,
            URL(self._platform + request.raw_path, encoded=True),
            headers={name: value for name, value in request.headers.items() if name.lower() not in OWN},
            data=await request.read(),
        ) as answer:
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in OWN}
            return web.Response(status=answer.status, headers=headers, body=await answer.read())
