"""`/simulator/...`: what the platform has no address for: its books, its shops' keys, and trouble on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import orjson
from aiohttp import web

from simulator.answers import plain_json
from simulator.bad_answers import BAD_ANSWERS
from simulator.books import books
from simulator.options import Faults
from simulator.refusal import Refusal
from simulator.token_endpoints import REFRESH_ANSWERS
from simulator.tree_changes import TREE_CHANGES
from simulator.webhooks import DEAUTHORIZATION, Webhooks
from simulator.world import SimulatedShop, World


class UnknownFault(Exception):
    """The text says which, and what is wrong with it."""


class Control:
    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world, self._webhooks = world, webhooks

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/simulator/books", self._books)
        app.router.add_get("/simulator/shops", self._shops)
        app.router.add_get("/simulator/faults", self._show_faults)
        app.router.add_post("/simulator/faults", self._faults)
        app.router.add_post("/simulator/sales", self._sales)
        app.router.add_post("/simulator/deauthorizations", self._deauthorize)

    async def _books(self, _: web.Request) -> web.StreamResponse:
        return plain_json(books(self._world))

    async def _shops(self, _: web.Request) -> web.StreamResponse:
        return plain_json([_keys(shop) for shop in self._world.shops])

    async def _show_faults(self, _: web.Request) -> web.StreamResponse:
        return plain_json(self._world.faults)

    async def _faults(self, request: web.Request) -> web.StreamResponse:
        """Faults by name; with `shop_id` what concerns one shop. Nothing is changed when a name or a value is wrong."""
        try:
            wanted = orjson.loads(await request.read())
            if not isinstance(wanted, dict):
                raise UnknownFault("faults are an object of name and value")
            for change in _changes(self._world, wanted):
                change()
        except (orjson.JSONDecodeError, UnknownFault) as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.Response(text="ok\n")

    async def _deauthorize(self, request: web.Request) -> web.StreamResponse:
        """`{"shop_id"}`: the seller withdraws the consent, and each shop it covers tells so by webhook."""
        shop = self._world.by_id.get(str(orjson.loads(await request.read()).get("shop_id")))
        if shop is None:
            return web.Response(status=404, text="no such shop\n")
        shop.account.dead = True
        for shop_id in shop.account.shop_ids:
            told = {"message": "the seller has withdrawn the authorisation", "scopes": list(shop.account.scopes)}
            await self._webhooks.send(DEAUTHORIZATION, self._world.by_id[shop_id], told)
        return web.Response(text="ok\n")

    async def _sales(self, request: web.Request) -> web.StreamResponse:
        """`{"shop_id", "product_id", "sku_id", "quantity"}`: buyers take so many, which no edit may undo."""
        sale = orjson.loads(await request.read())
        shop = self._world.by_id.get(str(sale.get("shop_id")))
        if shop is None:
            return web.Response(status=404, text="no such shop\n")
        try:
            listing = self._world.touch(shop, self._world.index_of(shop, str(sale.get("product_id"))))
        except Refusal as refusal:
            return web.Response(status=404, text=f"{refusal}\n")
        for version in (listing.live, listing.original):
            version["skus"] = [_sold(sku, str(sale.get("sku_id")), int(sale["quantity"])) for sku in version["skus"]]
        return web.Response(text="ok\n")


def _sold(sku: dict[str, Any], sku_id: str, quantity: int) -> dict[str, Any]:
    if sku["id"] != sku_id:
        return sku
    first, *others = sku["inventory"]
    return {**sku, "inventory": [{**first, "quantity": max(0, first["quantity"] - quantity)}, *others]}


def _keys(shop: SimulatedShop) -> dict[str, Any]:
    account, seller = shop.account, shop.seller
    return {
        "shop_id": shop.shop_id,
        "cipher": shop.cipher,
        "region": shop.region,
        "name": f"Shop {shop.number}",
        "account": account.name,
        "access_token": account.access_token(),
        "refresh_token": account.refresh_token,
        "auth_code": account.auth_code,
        "access_expires": account.access_expires,
        "refresh_expires": account.refresh_expires,
        "currency": seller.currency,
        "warehouse_ids": seller.warehouses,
        "delivery_option_ids": [identity for identity, _ in seller.delivery_options],
        "manufacturer_ids": seller.manufacturers,
        "responsible_person_ids": seller.responsible_persons,
        "size_chart_template_ids": seller.size_chart_templates,
    }


def _changes(world: World, wanted: dict[str, Any]) -> list[Callable[[], None]]:
    """All checked before the first is made. Raises UnknownFault."""
    wanted = dict(wanted)
    shop = None
    if "shop_id" in wanted:
        shop = world.by_id.get(str(wanted.pop("shop_id")))
        if shop is None:
            raise UnknownFault("no shop has this shop_id")
    return [
        _shop_change(shop, name, value) if shop is not None and name in SHOP_FAULTS else _change(world, name, value)
        for name, value in wanted.items()
    ]


def _change(world: World, name: str, value: Any) -> Callable[[], None]:
    if name in TREE_CHANGES:
        return _tree_change(world, name, value)
    kinds = {field.name: str(field.type) for field in fields(Faults)}
    if name not in kinds:
        raise UnknownFault(f"no fault is called {name}")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    good = {
        "bool": isinstance(value, bool),
        "float": number and value >= 0 and (not name.endswith("_share") or value <= 1),
        "int | None": value is None or (number and value >= 0),
        "tuple[str, ...]": isinstance(value, list) and all(isinstance(each, str) for each in value),
        "str": value in REFRESH_ANSWERS,
    }[kinds[name]]
    if name == "bad_answers":
        good = good and all(each in BAD_ANSWERS for each in value)
    if not good:
        raise UnknownFault(f"{name} can not be {value!r}")
    return lambda: setattr(world.faults, name, tuple(value) if isinstance(value, list) else value)


def _tree_change(world: World, name: str, leaves: Any) -> Callable[[], None]:
    if not isinstance(leaves, list) or not all(each in world.trees.v2 and world.trees.v2[each].leaf for each in leaves):
        raise UnknownFault(f"{name} takes a list of v2 leaves")

    def change() -> None:
        for leaf in leaves:
            TREE_CHANGES[name](world, leaf)

    return change


def _shop_change(shop: SimulatedShop, name: str, value: Any) -> Callable[[], None]:
    kind, change = SHOP_FAULTS[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UnknownFault(f"{name} can not be {value!r}")
    return lambda: change(shop, value)


def _scale(shop: SimulatedShop, factor: float) -> None:
    for allowance in (shop.reads, shop.writes):
        allowance.per_second = max(1, int(allowance.per_second * factor))


def _expire(shop: SimulatedShop, ends: bool) -> None:
    if ends:
        shop.account.issued[-1] -= shop.account.options.access_token_seconds


def _set_generation(shop: SimulatedShop, generation: int) -> None:
    while shop.account.generation < generation:
        shop.account.renew()


SHOP_FAULTS: dict[str, tuple[Any, Callable[[SimulatedShop, Any], None]]] = {
    "token_dead": (bool, lambda shop, value: setattr(shop.account, "dead", value)),
    "token_expired": (bool, _expire),
    "generation": (int, _set_generation),
    "scopes": (list, lambda shop, value: setattr(shop.account, "scopes", tuple(value))),
    "allowance_factor": (int | float, _scale),
    "reads_per_second": (int, lambda shop, value: setattr(shop.reads, "per_second", max(1, value))),
    "writes_per_second": (int, lambda shop, value: setattr(shop.writes, "per_second", max(1, value))),
}
"""What concerns one shop (tokens and scopes: all shops of its consent): the type of its value, and what it does."""
