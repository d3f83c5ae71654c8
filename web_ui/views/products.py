"""Products of all shops: search by id, title, SKU, state and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from model.product_state import STATES, ProductStateName
from record.finding import FoundProduct, ProductFilter
from shop_queue.blocked_products import read_blocked
from shop_queue.reader import LaneReader
from web_ui.access.session import Session
from web_ui.paging import number_in, page_of, text_in
from web_ui.services import WebServices

PAGE_SIZE = 50
ID_DIGITS = 6
"""A number with at least this many digits is looked up as a product id."""


@dataclass(frozen=True, slots=True)
class ProductRow:
    shop_id: str
    product_id: str
    title: str
    state: str
    at: object
    reason: str


def add_products(app: web.Application, services: WebServices) -> None:
    async def products(request: web.Request, session: Session) -> web.StreamResponse:
        query = request.query
        shops = await services.registry.all()
        names = {shop.shop_id: shop.name for shop in shops}
        code, following, pages = text_in(query, "reason"), "", None
        if code:
            questions = await services.questions()
            shop_id, outcome = text_in(query, "shop"), text_in(query, "outcome")
            blocked = [
                each
                for each in (questions.products.values() if questions else ())
                if shop_id in ("", each.shop_id)
                and outcome in ("", each.outcome)
                and any(reason.code == code for reason in each.reasons)
            ]
            pages = page_of(
                sorted(blocked, key=lambda each: (each.shop_id, each.product_id)), number_in(query), PAGE_SIZE
            )
            rows = [
                ProductRow(
                    *(each.shop_id, each.product_id, each.title, each.outcome, each.at),
                    "; ".join(reason.message for reason in each.reasons if reason.code == code),
                )
                for each in pages.rows
            ]
        else:
            found = await _found(services, query, tuple(names))
            rows, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
            following = f"{rows[-1].shop_id}-{rows[-1].product_id}" if more else ""
        return services.templates.page(
            "products.html",
            request,
            session,
            rows=rows,
            following=following,
            pages=pages,
            shops=shops,
            names=names,
            states=STATES,
            code=code,
        )

    app.router.add_get("/products", services.guard.show(products))


async def _found(services: WebServices, query: Mapping[str, str], shops: tuple[str, ...]) -> list[ProductRow]:
    text, shop_id, state = text_in(query, "q"), text_in(query, "shop"), text_in(query, "state")
    shop, _, product = text_in(query, "after").partition("-")
    wanted = ProductFilter(
        text,
        (shop_id,) if shop_id else (),
        state=_state(state),
        run_id=text_in(query, "run"),
        after=(shop, product) if product else None,
    )
    if text.isascii() and text.isdigit() and len(text) >= ID_DIGITS:
        by_id = ProductFilter(product_id=text, shop_ids=wanted.shop_ids or shops)
        found = [_row(each) for each in await services.record.find(by_id, PAGE_SIZE + 1)] if by_id.shop_ids else []
        # A SKU may be a number as well, and Redis knows products that the record does not have yet.
        found += await _in_lanes(services, text, by_id.shop_ids, {each.shop_id for each in found})
        if found:
            return found
    return [_row(each) for each in await services.record.find(wanted, PAGE_SIZE + 1)]


async def _in_lanes(
    services: WebServices, product_id: str, shop_ids: tuple[str, ...], known: set[str]
) -> list[ProductRow]:
    blocked = await read_blocked(services.redis, [(shop, product_id) for shop in shop_ids if shop not in known])
    rows = []
    for (shop_id, _), each in blocked.items():
        if each is not None:
            message = "; ".join(str(reason.get("message") or "") for reason in each.reasons)
            rows.append(ProductRow(shop_id, product_id, each.title, each.outcome, each.at, message))
    others = [shop for shop in shop_ids if shop not in known | {row.shop_id for row in rows}]
    queued = await LaneReader(services.redis).shops_with_job(others, product_id)
    return rows + [ProductRow(shop_id, product_id, "", "queued", "", "") for shop_id in queued]


def _row(each: FoundProduct) -> ProductRow:
    return ProductRow(each.shop_id, each.product_id, each.title, each.state, each.at, each.reason)


def _state(text: str) -> ProductStateName | None:
    return next((state for state in STATES if state == text), None)
