"""One shop's calls: paced by its permits, signed, and repeated once with a new token or signature if that can help."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from tiktok_shop.call_permits import CallPermits, Purpose, UnlimitedPermits
from tiktok_shop.endpoints import Endpoint
from tiktok_shop.errors import MalformedResponse, Throttled, TikTokShopError
from tiktok_shop.fields import MalformedData
from tiktok_shop.response import Response
from tiktok_shop.retry import RetryBudget
from tiktok_shop.transport import Transport, Upload

T = TypeVar("T")
PAGE_SIZE = 100
"""Largest page of a search or a brand list that the platform accepts."""


class Credentials(Protocol):
    """Supplies access tokens. One authorisation may cover several shops."""

    async def access_token(self) -> str:
        """Return a token that has not expired. Raises TikTokShopError."""

    async def refreshed(self, expired: str) -> str:
        """Return another token than `expired`, which the platform refused. Raises TikTokShopError."""


@dataclass(frozen=True, slots=True)
class ShopCalls:
    """The call behind every operation of a shop. Use it through ShopClient."""

    transport: Transport
    credentials: Credentials
    cipher: str = field(repr=False)
    permits: CallPermits = field(default_factory=UnlimitedPermits)
    category_version: Literal["v1", "v2"] = "v2"
    """The category tree version of every operation."""
    purpose: Purpose | None = None
    """The purpose under which all requests are counted; None = the purpose of each endpoint."""

    def _versioned(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {**body, "category_version": self.category_version}

    async def _call(
        self,
        endpoint: Endpoint,
        path_id: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
    ) -> Response:
        """Send one operation. `path_id` fills in the path, `query` and `body` are sent as given."""
        path = endpoint.path.format(path_id) if path_id else endpoint.path
        parameters = dict(query or {})
        if endpoint.takes_cipher:
            parameters["shop_cipher"] = self.cipher
        token = await self.credentials.access_token()
        budget = RetryBudget(endpoint.access)
        while True:
            await self.permits.acquire(endpoint.access)
            began = time.monotonic()
            try:
                response = await self.transport.send(
                    endpoint, path, token, query=parameters, body=body, upload=upload, purpose=self.purpose
                )
            except Throttled as throttled:
                if not self.permits.report(endpoint.access, True, throttled.retry_after):
                    raise
            except TikTokShopError as error:
                if error.code:
                    self.permits.report(endpoint.access, False, None)
                match budget.next_step(error, time.monotonic() - began):
                    case "fail":
                        raise
                    case "refresh":
                        token = await self.credentials.refreshed(token)
                    case "pause":
                        await asyncio.sleep(budget.pause_seconds)
            else:
                self.permits.report(endpoint.access, False, None)
                return response


def parsed(endpoint: Endpoint, response: Response, parse: Callable[[Mapping[str, Any]], T]) -> T:
    """Parse the data. Raises MalformedResponse."""
    try:
        return parse(response.data)
    except MalformedData as problem:
        error = MalformedResponse(str(problem), endpoint=endpoint.name, request_id=response.request_id)
        error.outcome_unknown = endpoint.access == "write"
        raise error from None
