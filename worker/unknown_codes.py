"""Parks a shop when the platform refuses its products with an unclassified error code.

The first few products have the code in their outcomes. If it concerns a large share of the shop's products, the cause
is not in those products, and thousands of others would fail in the same way. The shop is then parked with the code, the
message and the request id until an operator classifies the code (RELIST_ERROR_CODES_FILE). A code that concerns only
some products does not delay the others.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from tiktok_shop.errors import TikTokShopError
from worker.engine.results import Park

FIRST_PRODUCTS = 3
"""Number of products with an unknown code before the shop may be parked."""
SHARE = 0.1
"""The shop is parked if, since the code first appeared, more than this share of finished products had it."""
PARK_SECONDS = 3600.0
MAX_SHOPS = 10_000
"""Maximum number of shops in memory; the most recently refused ones are kept."""
MAX_CODES_PER_SHOP = 20
MAX_PRODUCTS_PER_CODE = 100


@dataclass(slots=True)
class _Refusals:
    products: set[str] = field(default_factory=set)
    """The first refused products, so that no product counts twice."""
    refused: int = 0
    finished: int = 0
    """Number of other products that ended since the code first appeared."""


class UnknownCodes:
    """Counts unknown codes per shop, in this process."""

    def __init__(self) -> None:
        self._shops: OrderedDict[str, OrderedDict[int, _Refusals]] = OrderedDict()

    def finished(self, shop_id: str) -> None:
        """Counts a job of the shop that ended without an unknown code."""
        for refusals in self._shops.get(shop_id, {}).values():
            refusals.finished += 1

    def park(self, shop_id: str, product_id: str, error: TikTokShopError) -> Park | None:
        """Counts a refusal. Returns a Park if the code seems to concern more than individual products."""
        codes = self._shops.setdefault(shop_id, OrderedDict())
        self._shops.move_to_end(shop_id)
        while len(self._shops) > MAX_SHOPS:
            self._shops.popitem(last=False)
        refusals = codes.setdefault(error.code, _Refusals())
        codes.move_to_end(error.code)
        while len(codes) > MAX_CODES_PER_SHOP:
            codes.popitem(last=False)
        if product_id not in refusals.products:
            refusals.refused += 1
            if len(refusals.products) < MAX_PRODUCTS_PER_CODE:
                refusals.products.add(product_id)
        others = refusals.refused - 1
        if others >= FIRST_PRODUCTS and refusals.refused >= SHARE * (refusals.refused + refusals.finished):
            refusals.products.discard(product_id)
            return Park(
                f"the platform refuses products with code {error.code}, which this release does not know ({error}): "
                "classify the code in RELIST_ERROR_CODES_FILE",
                PARK_SECONDS,
            )
        return None
