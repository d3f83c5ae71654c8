"""The control API under `/simulator/`, which the platform does not have: ledger, keys, switches, faults and events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from simulator.api_error import ApiError
from simulator.audits import Audits
from simulator.ledger import ledger
from simulator.responses import plain_json
from simulator.seller_activity import KINDS, SellerActivity
from simulator.settings import BadSetting, checked_fault, checked_switch, switch_positions
from simulator.shop import SimulatedShop
from simulator.shop_faults import SHOP_FAULTS, shop_fault
from simulator.tree_changes import TREE_CHANGES
from simulator.webhooks import DEAUTHORIZATION, Webhooks
from simulator.world import World

UNKNOWN_SHOP = 106011


class Control:
    def __init__(self, world: World, webhooks: Webhooks, audits: Audits, sellers: SellerActivity) -> None:
        self._world, self._webhooks, self._audits, self._sellers = world, webhooks, audits, sellers

    def add_to(self, app: web.Application) -> None:
        # /simulator/books is the former path of the ledger.
        for path in ("/simulator/ledger", "/simulator/books"):
            app.router.add_get(path, self._ledger)
        app.router.add_get("/simulator/shops", self._shops)
        app.router.add_get("/simulator/shops/{shop_id}/products/{product_id}", self._product)
        app.router.add_get("/simulator/faults", self._show_faults)
        app.router.add_post("/simulator/faults", self._guarded(self._faults))
        app.router.add_get("/simulator/switches", self._show_switches)
        app.router.add_post("/simulator/switches", self._guarded(self._switches))
        app.router.add_post("/simulator/sales", self._guarded(self._sales))
        app.router.add_post("/simulator/seller-changes", self._guarded(self._seller_change))
        app.router.add_post("/simulator/deauthorizations", self._guarded(self._deauthorize))

    def _guarded(
        self, act: Callable[[dict[str, Any]], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Passes on the JSON object of the body; an invalid body gets HTTP 400 and a one-line message."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                wanted = orjson.loads(await request.read())
                if not isinstance(wanted, dict):
                    raise BadSetting("the body must be an object of names and values")
                return await act(wanted)
            except (orjson.JSONDecodeError, BadSetting) as error:
                return web.Response(status=400, text=f"{error}\n")
            except ApiError as error:
                return web.Response(status=404, text=f"{error}\n")

        return handle

    async def _ledger(self, _: web.Request) -> web.StreamResponse:
        return plain_json(ledger(self._world))

    async def _shops(self, _: web.Request) -> web.StreamResponse:
        return plain_json([_keys(shop) for shop in self._world.shops])

    async def _product(self, request: web.Request) -> web.StreamResponse:
        """The live version, whatever is under review."""
        shop = self._world.by_id.get(request.match_info["shop_id"])
        try:
            if shop is None:
                raise ApiError(UNKNOWN_SHOP, "no shop has this shop_id")
            product = self._world.peek(shop, self._world.index_of(shop, request.match_info["product_id"]))
        except ApiError as error:
            return web.Response(status=404, text=f"{error}\n")
        return plain_json(product)

    async def _show_faults(self, _: web.Request) -> web.StreamResponse:
        return plain_json(self._world.faults)

    async def _show_switches(self, _: web.Request) -> web.StreamResponse:
        return plain_json(switch_positions(self._world.options))

    async def _switches(self, wanted: dict[str, Any]) -> web.StreamResponse:
        """Sets options by name. An invalid name or value changes nothing."""
        self._world.set_switches({name: checked_switch(name, value) for name, value in wanted.items()})
        return web.Response(text="ok\n")

    async def _faults(self, wanted: dict[str, Any]) -> web.StreamResponse:
        """Sets faults by name, with `shop_id` for one shop only. An invalid name or value changes nothing."""
        wanted = dict(wanted)
        shop = None
        if "shop_id" in wanted:
            shop = self._world.by_id.get(str(wanted.pop("shop_id")))
            if shop is None:
                raise BadSetting("no shop has this shop_id")
        changes = [self._fault(shop, name, value) for name, value in wanted.items()]
        for change in changes:
            change()
        if shop is not None and wanted.get("kyc_pending") is False:
            await self._audits.verify_identity(shop)
        return web.Response(text="ok\n")

    def _fault(self, shop: SimulatedShop | None, name: str, value: Any) -> Callable[[], None]:
        """Raises BadSetting."""
        if shop is not None and name in SHOP_FAULTS:
            return shop_fault(shop, name, value)
        if name in TREE_CHANGES:
            return self._tree_change(name, value)
        checked = checked_fault(name, value)
        return lambda: setattr(self._world.faults, name, checked)

    def _tree_change(self, name: str, leaves: Any) -> Callable[[], None]:
        world = self._world
        if not isinstance(leaves, list) or not all(
            isinstance(each, str) and each in world.trees.v2 and world.trees.v2[each].leaf for each in leaves
        ):
            raise BadSetting(f"{name} takes a list of v2 leaves")

        def change() -> None:
            for leaf in leaves:
                TREE_CHANGES[name](world, leaf)

        return change

    async def _sales(self, sale: dict[str, Any]) -> web.StreamResponse:
        """Sells pieces, which no edit may add back: `{"shop_id", "product_id", "sku_id", "quantity"}`."""
        shop, quantity = self._shop(sale.get("shop_id")), sale.get("quantity")
        if not isinstance(quantity, int):
            raise BadSetting("quantity must be a whole number")
        listing = self._world.touch(shop, self._world.index_of(shop, str(sale.get("product_id"))))
        sku_id = str(sale.get("sku_id"))
        listing.live = {**listing.live, "skus": [_sold(sku, sku_id, quantity) for sku in listing.live["skus"]]}
        listing.original = {
            **listing.original,
            "skus": [_sold(sku, sku_id, quantity) for sku in listing.original["skus"]],
        }
        return web.Response(text="ok\n")

    async def _seller_change(self, wanted: dict[str, Any]) -> web.StreamResponse:
        """Makes one change as the seller: `{"shop_id", "kind", "product_id"?}`. The default is a random product."""
        kind, product_id = wanted.get("kind"), wanted.get("product_id")
        if kind not in (*KINDS, "add"):
            raise BadSetting(f"kind cannot be {kind!r}: use one of {', '.join((*KINDS, 'add'))}")
        identity = None if product_id is None else str(product_id)
        return plain_json(await self._sellers.change(self._shop(wanted.get("shop_id")), str(kind), identity))

    async def _deauthorize(self, wanted: dict[str, Any]) -> web.StreamResponse:
        """Withdraws the authorisation of a shop: `{"shop_id"}`. Each shop that it covered gets a webhook."""
        shop = self._shop(wanted.get("shop_id"))
        shop.account.dead = True
        for shop_id in shop.account.shop_ids:
            data = {"message": "the seller has withdrawn the authorisation", "scopes": list(shop.account.scopes)}
            await self._webhooks.send(DEAUTHORIZATION, self._world.by_id[shop_id], data)
        return web.Response(text="ok\n")

    def _shop(self, shop_id: Any) -> SimulatedShop:
        """Raises ApiError."""
        shop = self._world.by_id.get(str(shop_id))
        if shop is None:
            raise ApiError(UNKNOWN_SHOP, "no shop has this shop_id")
        return shop


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
        "name": shop.name,
        "account": account.name,
        "app": account.app,
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
