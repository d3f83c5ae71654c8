"""Undoes the edits of a run, a shop or a product, after a check of what would be restored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiMapping

from catalogue.cache import CatalogueCache
from record.scope import Scope
from record.undo_scope import Coverage, ProductEdits, products_to_undo
from shop_queue.shop_registry import ShopRegistry, UnknownShop
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.shop_client import ShopClient
from undo.enqueue import count_scope, undo_scope
from undo.preview import Preview, preview
from web_ui.access.session import Session
from web_ui.acting import AlreadyDone
from web_ui.actions.confirming import Order, confirm, see_other
from web_ui.changed_fields import changed_fields_line, count_changed_fields
from web_ui.paging import number_in, page_of
from web_ui.rendering import plural
from web_ui.services import WebServices

CHECKED_PRODUCTS = 10
CHECK_SECONDS = 20.0


class Undoing:
    """Handlers of an undo: `ask` checks what would be restored, `act` enqueues the undo once."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        # Counting reads the record of the whole scope, so only one count runs at a time.
        self._reading = asyncio.Lock()

    async def ask(self, request: web.Request, session: Session) -> web.StreamResponse:
        scope, fields = await _scope(self._services, request.query)
        async with self._reading:
            coverage = Coverage()
            fields_changed = await count_changed_fields(products_to_undo(self._services.record, scope, coverage))
        page = page_of(range(coverage.changed), number_in(request.query), CHECKED_PRODUCTS)
        products = products_to_undo(self._services.record, scope, Coverage())
        more = await checked_lines(self._services, products, coverage.changed, skip=page.rows[0] if page.rows else 0)
        links = [
            (text, f"/undo?{urlencode({**fields, 'page': number})}")
            for text, number in (("Check the previous ten", page.number - 1), ("Check the next ten", page.number + 1))
            if 1 <= number <= page.pages
        ]
        what = _name(scope)
        effects = [
            plural(coverage.changed, f"product changed by {what} is", f"products changed by {what} are") + " restored."
        ]
        effects.append("A field is restored only where it still has the value from the edit.")
        effects += [*changed_fields_line(fields_changed), *_counts(coverage)]
        order = Order(
            *(f"Undo {what}", "Undo these edits", "/undo", effects, fields, _back(scope)),
            "The undo is sent to the live listings. It is a run, which can be undone as well.",
            "" if coverage.changed else "No edit of it took effect.",
            more,
            links,
        )
        return confirm(self._services, request, session, order)

    async def act(self, request: web.Request, session: Session) -> web.StreamResponse:
        given = await request.post()
        scope, fields = await _scope(self._services, given)
        try:
            async with self._services.acting.once(str(given.get("intent", ""))), self._reading:
                expected = await count_scope(self._services.record, scope)
                if not expected.changed:
                    where = f"/shops/{scope.shop_id}" if scope.shop_id else "/runs"
                    return see_other(f"{where}?done=nothing-undone")
                await self._services.acting.note(session, "edits_undone", {**fields, "products": expected.changed})
                done = await undo_scope(self._services.redis, self._services.record, scope, Coverage())
        except AlreadyDone:
            return see_other("/runs")
        self._services.changed()
        if scope.product_id:
            return see_other(f"{_back(scope)}?done=undone")
        return see_other(f"/runs/{done.run_id}" if done.enqueued else _back(scope))


def add_undoing(app: web.Application, services: WebServices) -> None:
    actions = Undoing(services)
    app.router.add_get("/undo", services.guard.show(actions.ask))
    app.router.add_post("/undo", services.guard.form(actions.act))


async def checked_lines(
    services: WebServices, products: AsyncIterator[ProductEdits], total: int, damaged_field: str = "", skip: int = 0
) -> list[str]:
    """Read ten products from the platform, as `relist undo --check` does for all, and describe their undo.

    `skip`: the number of products before them.
    """
    checked = await _checked(services, products, damaged_field, skip) if total else []
    lines = [line for each in checked for line in _lines(each)]
    if checked and len(checked) < total:
        which = f"Products {skip + 1:,} to {skip + len(checked):,}" if skip else f"The first {len(checked)} products"
        lines.insert(0, f"{which} of {total:,} were checked:")
    return lines


async def _checked(
    services: WebServices, products: AsyncIterator[ProductEdits], damaged_field: str, skip: int
) -> list[Preview]:
    if services.open_client is None:
        return []
    catalogue, registry, clients = CatalogueCache(services.redis), ShopRegistry(services.redis), dict[str, ShopClient]()
    found: list[Preview] = []
    try:
        async with asyncio.timeout(CHECK_SECONDS), AsyncExitStack() as stack:
            async for product in products:
                if skip > 0:
                    skip -= 1
                    continue
                if len(found) == CHECKED_PRODUCTS:
                    break
                if product.shop_id not in clients:
                    client = services.open_client(product.shop_id)
                    clients[product.shop_id] = await stack.enter_async_context(client)
                region = (await registry.get(product.shop_id)).region
                found.append(await preview(product, clients[product.shop_id], catalogue, region, damaged_field))
    except (TimeoutError, UnknownShop, TikTokShopError) as problem:
        found.append(Preview("", "", error=f"the check stopped: {problem or 'the platform is slow'}"))
    return found


def _lines(found: Preview) -> list[str]:
    if not found.product_id:
        return [found.error]
    return [f"{found.product_id} of shop {found.shop_id}: {line}" for line in found.lines()]


def _counts(coverage: Coverage) -> list[str]:
    counts = (
        (coverage.unanswered, "without a known answer stay as they are"),
        (coverage.without_effect, "without effect are left alone"),
        (coverage.without_image, "that created a listing cannot be undone"),
        (len(coverage.bad), "cannot be read, so their products may not be restored"),
    )
    return [f"{plural(count, 'edit')} {what}." for count, what in counts if count]


async def _scope(services: WebServices, given: MultiMapping[Any]) -> tuple[Scope, dict[str, str]]:
    fields = {name: str(given.get(name, ""))[:200].strip() for name in ("run", "shop", "product")}
    if not (fields["run"] or fields["shop"]) or (fields["product"] and not fields["shop"]):
        raise web.HTTPUnprocessableEntity(text="Choose a run, a shop or a product to undo.\n")
    if fields["shop"] and not await services.registry.known(fields["shop"]):
        raise web.HTTPNotFound(text=f"shop {fields['shop']} is not known\n")
    return Scope(fields["shop"], fields["product"], fields["run"]), fields


def _name(scope: Scope) -> str:
    if scope.product_id:
        return f"product {scope.product_id}"
    return " in ".join(part for part in (scope.run_id and f"run {scope.run_id}", scope.shop_id) if part)


def _back(scope: Scope) -> str:
    if scope.product_id:
        return f"/shops/{scope.shop_id}/products/{scope.product_id}"
    return f"/runs/{scope.run_id}" if scope.run_id else f"/shops/{scope.shop_id}"
