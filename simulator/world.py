"""All shops and their products. Only changed products are stored; the others are generated on demand."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

from simulator.accounts import Account
from simulator.allowance import Allowance
from simulator.api_error import ApiError
from simulator.catalogue import Catalogue
from simulator.listing import Listing, SellerChange
from simulator.options import Faults, SimulatorOptions
from simulator.products import (
    EPOCH,
    SPACING,
    Source,
    changed_at,
    created_at,
    make_product,
    product_id,
    under_review,
)  # fmt: skip
from simulator.profile import load_profile
from simulator.sellers import make_seller
from simulator.shop import SimulatedShop
from simulator.traits import TraitPattern, Traits, make_traits
from simulator.trees import Trees, make_trees

FIRST_SHOP = 7494000000000000001
FIRST_ADDED_SKU = 1_729_900_000_000_000_000


class World:
    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.faults = Faults(tells_retry_after=options.tells_retry_after, quota_per_day=options.quota_per_day)
        self.profile = load_profile(options.profile)
        self.trees: Trees = make_trees(options.seed, self.profile.tree)
        self.catalogue = Catalogue(options, self.profile)
        started_at = options.started_at or int(time.time())
        self.source = Source(options.seed, started_at, self.trees, self.catalogue, self.profile)
        self.random = Random(f"faults:{options.seed}")
        self.shops: list[SimulatedShop] = []
        self.edit_answers_lost = 0
        """Number of executed edits whose response a fault suppressed."""
        self._sku_numbers = itertools.count(FIRST_ADDED_SKU)
        pattern = make_traits(options.seed, self.profile.traits)
        for number in range(options.shops):
            self.shops.append(self._make_shop(number, TraitPattern(pattern, number * 379)))
        self.by_cipher = {shop.cipher: shop for shop in self.shops}
        self.by_id = {shop.shop_id: shop for shop in self.shops}
        self.accounts = {shop.account.name: shop.account for shop in self.shops}

    def _make_shop(self, number: int, traits: TraitPattern) -> SimulatedShop:
        options = self.options
        random = Random(f"shop:{options.seed}:{number}")
        together = max(1, options.shops_per_authorization)
        if number % together:
            account = self.shops[-1].account
        else:
            numbers = range(number, min(number + together, options.shops))
            account = Account(str(FIRST_SHOP + number), tuple(str(FIRST_SHOP + each) for each in numbers), options)
            account.app = number // together % max(1, options.apps)
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
            traits,
        )

    # --- products ---------------------------------------------------------------------------------------------------

    def count(self, shop: SimulatedShop) -> int:
        return shop.products + shop.created_count

    def set_switches(self, changes: dict[str, Any]) -> None:
        """Changes options at runtime. The caller has checked the values (simulator/settings.py)."""
        self.options = self.catalogue.options = replace(self.options, **changes)
        for account in self.accounts.values():
            account.options = self.options

    def index_of(self, shop: SimulatedShop, identity: str, code: int = 12052260) -> int:
        """The index of a product. Raises ApiError for an unknown id or another shop's product."""
        index = int(identity) - int(product_id(shop.number, 0)) if identity.isdigit() else -1
        if not 0 <= index < self.count(shop):
            raise ApiError(code, "product id does not exist")
        return index

    def make(self, shop: SimulatedShop, index: int) -> dict[str, Any]:
        return make_product(self.source, shop.seller, shop.traits.of(index), index)

    def peek(self, shop: SimulatedShop, index: int) -> dict[str, Any]:
        """Returns the live product without storing it."""
        listing = shop.touched.get(index)
        return self.make(shop, index) if listing is None else listing.live

    def touch(self, shop: SimulatedShop, index: int) -> Listing:
        """Returns the product as a stored listing."""
        if index not in shop.touched:
            product, traits = self.make(shop, index), shop.traits.of(index)
            listing = Listing(product, traits.born_on_v2, product, kyc_pending=traits.kyc_pending)
            if traits.in_audit or traits.seller_edit:
                listing.pending, listing.pending_on_v2 = under_review(product, traits), traits.born_on_v2
            if traits.seller_edit and listing.pending is not None:
                changed = {name: value for name, value in listing.pending.items() if product.get(name) != value}
                changed.pop("audit", None)
                listing.changes = frozenset(changed)
                listing.seller_changes = [SellerChange(name, value, "under_review") for name, value in changed.items()]
            shop.touched[index] = listing
        return shop.touched[index]

    def create(self, shop: SimulatedShop, product: dict[str, Any]) -> Listing:
        """Assigns an id to `product` and stores it; the caller fills in the rest."""
        index = self.count(shop)
        shop.created_count += 1
        product["id"] = product_id(shop.number, index)
        shop.touched[index] = Listing(product, True, product)
        return shop.touched[index]

    def new_sku_id(self) -> str:
        return str(next(self._sku_numbers))

    # --- search support ----------------------------------------------------------------------------------------------

    def on_v2(self, shop: SimulatedShop, index: int) -> bool:
        listing = shop.touched.get(index)
        return listing.on_v2 if listing else shop.traits.of(index).born_on_v2

    def update_time(self, shop: SimulatedShop, index: int) -> int:
        listing = shop.touched.get(index)
        return int(listing.live["update_time"]) if listing else changed_at(self.source, shop.traits.of(index), index)

    def create_time(self, shop: SimulatedShop, index: int) -> int:
        listing = shop.touched.get(index)
        return int(listing.live["create_time"]) if listing else created_at(self.source, shop.traits.of(index))

    def status(self, shop: SimulatedShop, index: int) -> tuple[str, str]:
        """Product status and audit status as Get Product shows them."""
        listing = shop.touched.get(index)
        if listing is None:
            traits = shop.traits.of(index)
            return traits.detail_status, traits.audit_status
        return listing.live["status"], listing.live["audit"]["status"]

    def row_status(self, shop: SimulatedShop, index: int) -> tuple[str, str]:
        """Product status and audit status as search results show them."""
        listing = shop.touched.get(index)
        if listing is None:
            traits = shop.traits.of(index)
            return traits.status, traits.audit_status
        return listing.live["status"], listing.live["audit"]["status"]

    def count_untouched(self, shop: SimulatedShop, fits: Callable[[Traits], bool], times: tuple[int, int]) -> int:
        """Number of matching generated products whose original update time is within `times` (inclusive)."""
        first, last = times
        old = shop.traits.count(*self._indexes(shop, times), lambda traits: traits.age_seconds is None and fits(traits))

        def young(traits: Traits) -> bool:
            return traits.age_seconds is not None and first <= self.source.started_at - traits.age_seconds <= last

        return old + shop.traits.count(0, shop.products - 1, lambda traits: young(traits) and fits(traits))

    def would_fit(
        self, shop: SimulatedShop, index: int, fits: Callable[[Traits], bool], times: tuple[int, int]
    ) -> bool:
        """Whether `count_untouched` counts this product."""
        traits = shop.traits.of(index)
        return fits(traits) and times[0] <= changed_at(self.source, traits, index) <= times[1]

    def candidates(self, shop: SimulatedShop, start: int, times: tuple[int, int]) -> Iterator[int]:
        """Ascending indexes from `start` that include all products last changed within `times`."""
        first, last = self._indexes(shop, times)
        last = max(first - 1, last)
        if first == 0 and last == shop.products - 1:
            yield from range(start, self.count(shop))
            return
        young = shop.traits.indexes(shop.products, lambda traits: traits.age_seconds is not None)
        irregular = sorted({index for index in (*shop.touched, *young) if not first <= index <= last})
        yield from (index for index in irregular if start <= index < first)
        yield from range(max(start, first), last + 1)
        yield from (index for index in irregular if index >= max(start, last + 1))

    def _indexes(self, shop: SimulatedShop, times: tuple[int, int]) -> tuple[int, int]:
        """The first and last index of old products last changed within `times`."""
        return max(0, -(-(times[0] - EPOCH) // SPACING)), min(shop.products - 1, (times[1] - EPOCH) // SPACING)
