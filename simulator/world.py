"""Shops, their products and what has happened to them. Only what somebody touched is kept."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.allowance import Allowance
from simulator.edit_rules import Refusal, check_listing
from simulator.options import Faults, SimulatorOptions
from simulator.products import is_born_on_v2, make_product, product_id, updated_at
from simulator.trees import Trees, brands_of, make_trees

FIRST_SHOP = 7494000000000000001


@dataclass(slots=True)
class Listing:
    """One touched product: what buyers see, and an edit under review."""

    live: dict[str, Any]
    on_v2: bool
    original: dict[str, Any]
    pending: dict[str, Any] | None = None
    edits: int = 0
    rejected: bool = False


@dataclass(slots=True)
class SimulatedShop:
    number: int
    shop_id: str
    region: str
    products: int
    reads: Allowance
    writes: Allowance
    authorized_brands: frozenset[str]
    generation: int = 0
    """Of its tokens."""
    token_dead: bool = False
    edits_today: int = 0
    touched: dict[int, Listing] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def cipher(self) -> str:
        return f"ROW_sim{self.number:06d}"

    def access_token(self, generation: int | None = None) -> str:
        return f"TTP_sim_{self.shop_id}_{self.generation if generation is None else generation}"

    @property
    def refresh_token(self) -> str:
        return f"TTR_sim_{self.shop_id}_{self.generation}"


class World:
    def __init__(self, options: SimulatorOptions) -> None:
        self.options, self.faults = options, Faults()
        self.trees: Trees = make_trees(options.seed)
        self.brands = brands_of()
        self.random = Random(f"faults:{options.seed}")
        self.shops: list[SimulatedShop] = []
        for number in range(options.shops):
            random = Random(f"shop:{options.seed}:{number}")
            self.shops.append(
                SimulatedShop(
                    number,
                    str(FIRST_SHOP + number),
                    options.regions[number % len(options.regions)],
                    options.products // options.shops + (number < options.products % options.shops),
                    Allowance(random.randint(*options.reads_per_second)),
                    Allowance(random.randint(*options.writes_per_second)),
                    frozenset(str(brand["id"]) for brand in self.brands if random.random() < 0.5),
                )
            )
        self.by_cipher = {shop.cipher: shop for shop in self.shops}
        self.by_id = {shop.shop_id: shop for shop in self.shops}

    def index_of(self, shop: SimulatedShop, identity: str) -> int:
        """Raises Refusal for a product of another shop or of none."""
        index = int(identity) - int(product_id(shop.number, 0)) if identity.isdigit() else -1
        if not 0 <= index < shop.products:
            raise Refusal(12052260, "product id does not exist")
        return index

    def look(self, shop: SimulatedShop, index: int) -> dict[str, Any]:
        """The live product, without keeping it."""
        listing = shop.touched.get(index)
        if listing is None:
            return make_product(self.options.seed, self.trees, shop.number, index)
        return listing.live

    def touch(self, shop: SimulatedShop, index: int) -> Listing:
        if index not in shop.touched:
            product = make_product(self.options.seed, self.trees, shop.number, index)
            born = is_born_on_v2(self.options.seed, product["id"])
            shop.touched[index] = Listing(product, born, product)
        return shop.touched[index]

    def on_v2(self, shop: SimulatedShop, index: int) -> bool:
        listing = shop.touched.get(index)
        return listing.on_v2 if listing else is_born_on_v2(self.options.seed, product_id(shop.number, index))

    def update_time(self, shop: SimulatedShop, index: int) -> int:
        listing = shop.touched.get(index)
        return int(listing.live["update_time"]) if listing else updated_at(index)

    def edit(self, shop: SimulatedShop, identity: str, body: dict[str, Any]) -> tuple[Listing, list[str]]:
        """A full replace, pending until the audit's end. Raises Refusal."""
        index = self.index_of(shop, identity)
        quota = self.options.quota_per_day
        if quota is not None and shop.edits_today >= quota:
            raise Refusal(12052093, "daily listing quota is used up")
        if self.options.refuses_edit_during_audit and index in shop.touched and shop.touched[index].pending:
            raise Refusal(12052901, "the product is under review")
        check_listing(self.options.seed, self.trees, body, shop.authorized_brands)
        listing = self.touch(shop, index)
        known = {sku["id"]: sku for sku in listing.live["skus"]}
        if not any(sku.get("id") in known for sku in body["skus"]):
            raise Refusal(12019056, "no existing SKU is kept")
        warnings = []
        after = as_product(body, self.trees)
        after.update(id=identity, create_time=listing.live["create_time"], status="ACTIVATE", product_status="ACTIVATE")
        after["skus"] = [{**_kept(known.get(str(sku.get("id"))) or {}), **sku} for sku in body["skus"]]
        brand = str(body.get("brand_id") or "")
        if brand:
            names = {str(each["id"]): each["name"] for each in self.brands}
            if brand in names:
                after["brand"] = {"id": brand, "name": names[brand]}
            else:
                warnings.append("The [brand_id] field is incorrect and has been automatically cleared by the system")
        listing.pending = after
        listing.edits += 1
        shop.edits_today += 1
        return listing, warnings

    def end_audit(self, shop: SimulatedShop, listing: Listing, approved: bool) -> None:
        if listing.pending is None:
            return
        if approved:
            listing.live, listing.on_v2, listing.rejected = listing.pending, True, False
            listing.live["audit"] = {"status": "APPROVED"}
            listing.live["update_time"] = int(time.time())
        else:
            listing.rejected = True
            listing.live = {
                **listing.live,
                "audit": {"status": "FAILED"},
                "audit_failed_reasons": [{"position": "product", "reasons": ["The image does not show the product"]}],
            }
        listing.pending = None


def as_product(body: dict[str, Any], trees: Trees) -> dict[str, Any]:
    """An Edit body in the shape Get Product will return it; what the body left out is gone."""
    gone = {
        "category_id",
        "category_version",
        "save_mode",
        "brand_id",
        "delivery_option_ids",
        "listing_platforms",
        "skus",
    }
    product = {name: value for name, value in body.items() if name not in gone}
    product["category_chains"] = trees.chain(str(body["category_id"]), trees.v2)
    if body.get("delivery_option_ids"):
        product["delivery_options"] = [{"id": each} for each in body["delivery_option_ids"]]
    return product


def _kept(sku: dict[str, Any]) -> dict[str, Any]:
    return {name: sku[name] for name in ("price", "inventory") if name in sku}
