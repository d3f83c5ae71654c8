"""The project's API client, with the simulator's core instead of connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import aiohttp
from yarl import URL

from tests.simulation.pipeline.shopfront import Shopfront
from tests.simulation.processes import Process
from tiktok_shop.endpoints import Endpoint
from tiktok_shop.response import retry_after_seconds
from tiktok_shop.transport import Transport, _no_response, _Received


class InProcessTransport(Transport):
    def __init__(self, shopfront: Shopfront, process: Process, **options: Any) -> None:
        names = shopfront.server.world.options
        super().__init__("http://platform", "http://platform", names.app_key, names.app_secret, **options)
        self._shopfront, self._process = shopfront, process

    async def __aenter__(self) -> Self:
        return self

    async def _receive(
        self,
        endpoint: Endpoint,
        base: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: bytes | aiohttp.FormData | None,
    ) -> _Received:
        url = URL(base + path).with_query(query)
        raw = content if isinstance(content, bytes) else b""
        answer = await self._shopfront.answer(self._process, endpoint.method, url, headers, raw)
        if answer is None:
            raise _no_response(endpoint, "no response (simulated)", ConnectionResetError(), sent=True)
        return _Received(answer.status, answer.body, retry_after_seconds(answer.retry_after))
