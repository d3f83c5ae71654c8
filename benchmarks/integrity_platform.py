"""A simulated platform without HTTP, which knows the right leaf of each product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from relisting.resolution import Recommended
from relisting.tree import CategoryTree
from simulator.api_error import ApiError
from simulator.edits import edit
from simulator.endpoints.catalogue import recommend_category
from simulator.ledger import damage
from simulator.reviews import approve
from simulator.shop import SimulatedShop
from simulator.world import World
from tiktok_shop.catalogue import Attribute, Brand, CategoryRules
from tiktok_shop.parse import parse_attributes, parse_brands, parse_categories, parse_rules


class Platform:
    """A simulated world without HTTP: its catalogue, its edits and its ledger."""

    def __init__(self, world: World) -> None:
        self.world = world
        nodes = self.world.trees.v2.values()
        wire = [
            {"id": node.id, "parent_id": node.parent, "local_name": node.name, "is_leaf": node.leaf,
             "permission_statuses": list(node.permissions)}
            for node in nodes
        ]  # fmt: skip
        self.tree = CategoryTree(parse_categories({"categories": wire}))
        self.leaf = lru_cache(maxsize=None)(self._leaf)
        self._brands: dict[int, dict[str, Brand]] = {}

    def _leaf(self, category_id: str) -> tuple[CategoryRules, tuple[Attribute, ...]]:
        attributes = parse_attributes({"attributes": self.world.catalogue.attributes(category_id)})
        return parse_rules(self.world.catalogue.rules(category_id)), attributes

    def products(self) -> Iterator[tuple[SimulatedShop, dict[str, Any]]]:
        for shop in self.world.shops:
            for index in range(shop.products):
                yield shop, self.world.peek(shop, index)

    def brands(self, shop: SimulatedShop) -> dict[str, Brand]:
        if shop.seller.number not in self._brands:
            authorized = shop.authorized_brands
            wire = [
                {**brand, "authorized_status": "AUTHORIZED" if brand["id"] in authorized else "UNAUTHORIEZD"}
                for brand in self.world.catalogue.brands
            ]
            self._brands[shop.seller.number] = {brand.id: brand for brand in parse_brands(wire)}
        return self._brands[shop.seller.number]

    def recommend(self, product: Mapping[str, Any]) -> Recommended:
        body = {"product_title": product["title"], "category_version": "v2"}
        call: Any = SimpleNamespace(world=self.world, body=body)
        try:
            return Recommended(recommend_category(call)["leaf_category_id"])
        except ApiError:
            return Recommended(None)

    def right_leaf(self, product: Mapping[str, Any]) -> str | None:
        """The only v2 leaf that fits the product; None if the product's old category or title does not identify exactly
        one.
        """
        trees = self.world.trees
        old = str(product["category_chains"][-1]["id"])
        if old in trees.splits:
            named = [leaf for leaf in trees.splits[old] if trees.v2[leaf].name in product["title"]]
            return named[0] if len(named) == 1 else None
        return old if old in trees.v2 and trees.v2[old].leaf else None

    def edit(self, shop: SimulatedShop, product_id: str, body: dict[str, Any]) -> list[str]:
        """Edits and audits the product and returns its damaged fields. Raises ApiError."""
        done = edit(self.world, shop, product_id, body)
        approve(done.listing, self.world.options)
        return [*damage(done.listing), *done.warnings]
