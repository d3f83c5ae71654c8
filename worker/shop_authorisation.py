"""Checks once per shop and process that a shop's tokens belong to it.

If a shop was added with the tokens of another shop, the wrong shop's products would be edited.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from model.shop import Shop
from tiktok_shop.catalogue import AuthorizedShop
from tiktok_shop.errors import BadRequest, ProductProblem, Transient
from tiktok_shop.shop_client import ShopClient
from worker.error_policy import is_outage
from worker.shared_questions import SharedQuestions

log = structlog.get_logger("relist.worker")

VERIFIED_SECONDS = 86_400.0
UNAVAILABLE_SECONDS = 600.0
"""Seconds before the next check if the platform answers without its list. Jobs continue to run."""


class ShopNotAuthorised(Exception):
    """The platform's list of authorised shops contradicts the registered shop. The message names the remedy."""


def contradiction(shop: Shop, authorised: Sequence[AuthorizedShop]) -> str:
    """Describes how the platform's list contradicts the registered shop; empty if it does not. Pure.

    Neither an empty list nor a cipher missing from the list is a contradiction.
    """
    if authorised and all(each.id != shop.shop_id for each in authorised):
        covered = ", ".join(each.id for each in authorised[:5])
        return f"the tokens of account {shop.account} cover other shops ({covered}), not shop {shop.shop_id}"
    owner = next((each.id for each in authorised if each.cipher == shop.cipher), shop.shop_id)
    if owner != shop.shop_id:
        return f"the cipher of shop {shop.shop_id} belongs to shop {owner}"
    return ""


class ShopAuthorisation:
    """Checks shops and remembers the result."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_check: dict[Shop, float] = {}
        self._questions = SharedQuestions[None]()

    async def check(self, shop: Shop, client: ShopClient) -> None:
        """Raises ShopNotAuthorised, and TikTokShopError if the platform refuses the tokens."""
        if self._clock() >= self._next_check.get(shop, 0.0):
            # Concurrent jobs of the shop wait for the same check: they would work on another shop's products.
            await self._questions.ask(shop, lambda: self._ask(shop, client))

    async def _ask(self, shop: Shop, client: ShopClient) -> None:
        try:
            authorised = await client.authorized_shops()
        except (Transient, BadRequest, ProductProblem) as error:
            # An outage says nothing about the shop, so the next job asks again.
            self._next_check[shop] = self._clock() + (0.0 if is_outage(error) else UNAVAILABLE_SECONDS)
            log.warning("shop_not_verified", shop_id=shop.shop_id, error=str(error))
            return
        if problem := contradiction(shop, authorised):
            raise ShopNotAuthorised(f"{problem}: run relist shops add with the shop's own cipher and tokens")
        self._next_check[shop] = self._clock() + VERIFIED_SECONDS
