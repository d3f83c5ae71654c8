"""A small client written from the documentation, independent of the project's own client."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from yarl import URL

from simulator.server import RunningSimulator
from simulator.shop import SimulatedShop
from simulator.world import World

KEY, SECRET = "simulated-key", "simulated-secret"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    code: int
    message: str
    data: dict[str, Any]
    headers: Mapping[str, str]
    raw: bytes


class Client:
    def __init__(self, running: RunningSimulator, session: aiohttp.ClientSession) -> None:
        self.running, self.session = running, session

    @property
    def world(self) -> World:
        return self.running.world

    def shop(self, number: int = 0) -> SimulatedShop:
        return self.world.shops[number]

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        shop: int = 0,
        content: bytes | None = None,
        content_type: str = "application/json",
        sign_content: bool = True,
        headers: Mapping[str, str] | None = None,
        sign: str | None = None,
        **query: str | None,
    ) -> Answer:
        """`query` overrides the default parameters; None omits one."""
        raw = content if content is not None else (b"" if body is None else orjson.dumps(body))
        cipher = None if path.startswith("/authorization") or "images/upload" in path else self.shop(shop).cipher
        all_of_it = {"app_key": KEY, "timestamp": str(int(time.time())), "shop_cipher": cipher, **query}
        sent = {name: value for name, value in all_of_it.items() if value is not None}
        sent["sign"] = sign or signature(path, sent, raw if sign_content else b"")
        all_headers = {"x-tts-access-token": self.shop(shop).access_token(), "content-type": content_type}
        url = URL(self.running.url + path).with_query(sent)
        async with self.session.request(method, url, data=raw or None, headers=headers or all_headers) as response:
            return read(response.status, await response.read(), response.headers)

    async def plain(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """Sends an unsigned request: to the token endpoint or the simulator's own paths."""
        url = URL(self.running.url + path).with_query(query)
        raw = None if body is None else orjson.dumps(body)
        async with self.session.request(method, url, data=raw) as response:
            return read(response.status, await response.read(), response.headers)

    async def get(self, product_id: str, **query: str) -> dict[str, Any]:
        answer = await self.call("GET", f"/product/202309/products/{product_id}", **query)
        assert answer.code == 0, answer
        return answer.data

    async def edit(self, product_id: str, body: Any, version: str = "202509") -> Answer:
        return await self.call("PUT", f"/product/{version}/products/{product_id}", body)

    async def faults(self, **wanted: Any) -> None:
        answer = await self.plain("POST", "/simulator/faults", wanted)
        assert answer.status == 200, answer.raw

    async def ledger(self, shop: int = 0) -> dict[str, Any]:
        ledger: dict[str, Any] = orjson.loads((await self.plain("GET", "/simulator/ledger")).raw)["shops"][shop]
        return ledger


def signature(path: str, query: Mapping[str, str], raw: bytes) -> str:
    base = path + "".join(name + query[name] for name in sorted(query) if name not in ("sign", "access_token"))
    return hmac.new(
        SECRET.encode(), SECRET.encode() + base.encode() + raw + SECRET.encode(), hashlib.sha256
    ).hexdigest()


def read(status: int, raw: bytes, headers: Mapping[str, str]) -> Answer:
    try:
        envelope = orjson.loads(raw)
    except orjson.JSONDecodeError:
        envelope = None
    if not isinstance(envelope, dict) or "code" not in envelope:
        return Answer(status, -1, "", {}, headers, raw)
    return Answer(status, envelope["code"], envelope["message"], envelope["data"] or {}, headers, raw)
