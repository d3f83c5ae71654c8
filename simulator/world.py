"""Shops, their products and what has happened to them. Only what somebody touched is kept."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.accounts import Account
from simulator.allowance import Allowance
from simulator.catalogue import Catalogue
from simulator.fates import Fate, Fates, make_fates
from simulator.options import Faults, SimulatorOptions
from simulator.products import EPOCH, SPACING, Source, changed_at, created_at, make_product, product_id
from simulator.refusal import Refusal
from simulator.sellers import Seller, make_seller
from simulator.trees import Trees, make_trees

FIRST_SHOP = 7494000000000000001
FIRST_ADDED_SKU = 1_729_900_000_000_000_000


@dataclass(slots=True)
class Listing:
    """One touched product: what buyers see, and an edit under review."""

    live: dict[str, Any]
    on_v2: bool
    original: dict[str, Any]
    """What the seller has made of it: edits that replace everything must leave it so, but for what a move changes."""
    pending: dict[str, Any] | None = None
    """Under review."""
    pending_on_v2: bool = False
    sent: frozenset[tuple[str, str]] = frozenset()
    """SKU id and `price` or `inventory`, where the edit under review sends them."""
    changes: frozenset[str] = frozenset()
    """Properties the seller means to change with what is under review (partial edits)."""
    draft: dict[str, Any] | None = None
    edits: int = 0
    rejected: bool = False
    review: int = 0
    """Counts reviews, so that the end of a superseded one is told from the end of the latest."""
    scheduled: bool = False
    """Whether the end of the latest review is on its way."""
    superseded: int = 0
    """Reviews that a further edit cut short."""
    upgraded: bool = False
    """By the platform itself."""


@dataclass(slots=True)
class SimulatedShop:
    number: int
    shop_id: str
    products: int
    """Made from the seed; created ones come after them."""
    reads: Allowance
    writes: Allowance
    seller: Seller
    account: Account
    fates: Fates
    submitted: Counter[int] = field(default_factory=Counter)
    """Listings and edits taken, by day (UTC)."""
    touched: dict[int, Listing] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)
    """Idempotency key -> product id."""
    created_count: int = 0
    webhooks: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Event type -> registered address, and when (ms)."""
    upgrading: bool = False
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def region(self) -> str:
        return self.seller.region

    @property
    def authorized_brands(self) -> frozenset[str]:
        return self.seller.authorized_brands

    @property
    def cipher(self) -> str:
        return f"ROW_sim{self.number:06d}"

    def access_token(self, generation: int | None = None) -> str:
        return self.account.access_token(generation)

    @property
    def refresh_token(self) -> str:
        return self.account.refresh_token


class World:
    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.faults = Faults(tells_retry_after=options.tells_retry_after, quota_per_day=options.quota_per_day)
        self.trees: Trees = make_trees(options.seed)
        self.catalogue = Catalogue(options)
        self.source = Source(options.seed, options.started_at or int(time.time()), self.trees, self.catalogue)
        self.random = Random(f"faults:{options.seed}")
        self.shops: list[SimulatedShop] = []
        self.edit_answers_lost = 0
        """Edits that were made and whose answer a fault kept from who had asked."""
        self._sku_numbers = itertools.count(FIRST_ADDED_SKU)
        pattern = make_fates(options.seed)
        for number in range(options.shops):
            self.shops.append(self._make_shop(number, Fates(pattern, number * 379)))
        self.by_cipher = {shop.cipher: shop for shop in self.shops}
        self.by_id = {shop.shop_id: shop for shop in self.shops}
        self.accounts = {shop.account.name: shop.account for shop in self.shops}

    def _make_shop(self, number: int, fates: Fates) -> SimulatedShop:
        options = self.options
        random = Random(f"shop:{options.seed}:{number}")
        together = max(1, options.shops_per_authorization)
        if number % together:
            account = self.shops[-1].account
        else:
            numbers = range(number, min(number + together, options.shops))
            account = Account(str(FIRST_SHOP + number), tuple(str(FIRST_SHOP + each) for each in numbers), options)
        return SimulatedShop(
            number,
            str(FIRST_SHOP + number),
            options.products // options.shops + (number < options.products % options.shops),
            Allowance(random.randint(*options.reads_per_second)),
            Allowance(random.randint(*options.writes_per_second)),
            make_seller(
                options.seed, number, options.regions[number % len(options.regions)], len(self.catalogue.brands)
            ),
            account,
            fates,
        )

    # --- products ---------------------------------------------------------------------------------------------------

    def count(self, shop: SimulatedShop) -> int:
        return shop.products + shop.created_count

    def index_of(self, shop: SimulatedShop, identity: str, code: int = 12052260) -> int:
        """Raises Refusal for a product of another shop or of none."""
        index = int(identity) - int(product_id(shop.number, 0)) if identity.isdigit() else -1
        if not 0 <= index < self.count(shop):
            raise Refusal(code, "product id does not exist")
        return index

    def make(self, shop: SimulatedShop, index: int) -> dict[str, Any]:
        return make_product(self.source, shop.seller, shop.fates.of(index), index)

    def look(self, shop: SimulatedShop, index: int) -> dict[str, Any]:
        """The live product, without keeping it."""
        listing = shop.touched.get(index)
        return self.make(shop, index) if listing is None else listing.live

    def touch(self, shop: SimulatedShop, index: int) -> Listing:
        if index not in shop.touched:
            product, fate = self.make(shop, index), shop.fates.of(index)
            pending = {**product, "audit": {"status": "APPROVED"}} if fate.in_audit else None
            shop.touched[index] = Listing(product, fate.born_on_v2, product, pending, fate.born_on_v2)
        return shop.touched[index]

    def create(self, shop: SimulatedShop, product: dict[str, Any]) -> Listing:
        """Gives `product` its id; the caller fills in the rest."""
        index = self.count(shop)
        shop.created_count += 1
        product["id"] = product_id(shop.number, index)
        shop.touched[index] = Listing(product, True, product)
        return shop.touched[index]

    def new_sku_id(self) -> str:
        return str(next(self._sku_numbers))

    # --- what search asks -------------------------------------------------------------------------------------------

    def on_v2(self, shop: SimulatedShop, index: int) -> bool:
        listing = shop.touched.get(index)
        return listing.on_v2 if listing else shop.fates.of(index).born_on_v2

    def update_time(self, shop: SimulatedShop, index: int) -> int:
        listing = shop.touched.get(index)
        return int(listing.live["update_time"]) if listing else changed_at(self.source, shop.fates.of(index), index)

    def create_time(self, shop: SimulatedShop, index: int) -> int:
        listing = shop.touched.get(index)
        return int(listing.live["create_time"]) if listing else created_at(self.source, shop.fates.of(index))

    def status(self, shop: SimulatedShop, index: int) -> tuple[str, str]:
        """Of the product, and of its audit."""
        listing = shop.touched.get(index)
        if listing is None:
            fate = shop.fates.of(index)
            return fate.status, fate.audit_status
        return listing.live["status"], listing.live["audit"]["status"]

    def count_untouched(self, shop: SimulatedShop, fits: Callable[[Fate], bool], times: tuple[int, int]) -> int:
        """How many products as made fit and were last changed within `times`, both included; touched ones too."""
        first, last = times
        old = shop.fates.count(*self._indexes(shop, times), lambda fate: fate.age_seconds is None and fits(fate))

        def young(fate: Fate) -> bool:
            return fate.age_seconds is not None and first <= self.source.started_at - fate.age_seconds <= last

        return old + shop.fates.count(0, shop.products - 1, lambda fate: young(fate) and fits(fate))

    def would_fit(self, shop: SimulatedShop, index: int, fits: Callable[[Fate], bool], times: tuple[int, int]) -> bool:
        """Whether `count_untouched` counts this product."""
        fate = shop.fates.of(index)
        return fits(fate) and times[0] <= changed_at(self.source, fate, index) <= times[1]

    def candidates(self, shop: SimulatedShop, start: int, times: tuple[int, int]) -> Iterator[int]:
        """Indexes from `start` on, ascending, among them all that were last changed within `times`."""
        first, last = self._indexes(shop, times)
        last = max(first - 1, last)
        if first == 0 and last == shop.products - 1:
            yield from range(start, self.count(shop))
            return
        young = shop.fates.indexes(shop.products, lambda fate: fate.age_seconds is not None)
        irregular = sorted({index for index in (*shop.touched, *young) if not first <= index <= last})
        yield from (index for index in irregular if start <= index < first)
        yield from range(max(start, first), last + 1)
        yield from (index for index in irregular if index >= max(start, last + 1))

    def _indexes(self, shop: SimulatedShop, times: tuple[int, int]) -> tuple[int, int]:
        """The first and the last of the products, as made long ago, that were last changed within `times`."""
        return max(0, -(-(times[0] - EPOCH) // SPACING)), min(shop.products - 1, (times[1] - EPOCH) // SPACING)
