"""All shops, and one shop: their state, progress and deadline, and the buttons that pause and resume them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from monitoring.fleet import ShopStats, read_shops
from monitoring.forecast import ORDER
from monitoring.shop_forecasts import ShopForecast, shop_forecasts
from shop_queue.shop_registry import UnknownShop
from web_ui.access.session import Session
from web_ui.paging import number_in, page_of, text_in
from web_ui.progress import waiting_for_people
from web_ui.services import WebServices

PAGE_SIZE = 50
SHOWN_PRODUCTS, SHOWN_REASONS = 20, 10
SHOP = r"/shops/{shop_id:\d{1,24}}"
STATES = ("active", "paused", "parked", "corrupt")
NOTICES = {
    "paused": "Paused: no more requests are sent until you resume.",
    "resumed": "Active again.",
    "retried": "The products are queued again.",
    "cancelled": "The queued jobs have been cancelled.",
    "nothing-undone": "Nothing was undone: no edit of it took effect.",
}


@dataclass(frozen=True, slots=True)
class ShopRow:
    stats: ShopStats
    v1_ends: date | None
    forecast: ShopForecast | None

    @property
    def verdict(self) -> str:
        return self.forecast.forecast.verdict if self.forecast else ""


SORTS: dict[str, tuple[str, Callable[[ShopRow], Any]]] = {
    "people": ("Most work for people", lambda row: (-waiting_for_people(row.stats), -row.stats.queued)),
    "left": ("Most left on v1", lambda row: -row.stats.lane.left),
    "deadline": ("Deadline", lambda row: (row.v1_ends or date.max, _urgency(row), -row.stats.lane.left)),
    "risk": ("Most at risk", lambda row: (_urgency(row), -row.stats.lane.left)),
    "name": ("Name", lambda row: row.stats.shop.name.casefold() or row.stats.shop_id),
    "done": ("Most done", lambda row: -(row.stats.products.progress or 0)),
}


def add_shops(app: web.Application, services: WebServices) -> None:
    async def shops(request: web.Request, session: Session) -> web.StreamResponse:
        rows = await _rows(services)
        found = select(rows, request.query)
        sort = request.query.get("sort", "people")
        found.sort(key=lambda row: (SORTS.get(sort, SORTS["people"])[1](row), row.stats.shop_id))
        return services.templates.page(
            "shops.html",
            request,
            session,
            page=page_of(found, number_in(request.query), PAGE_SIZE),
            all_shops=len(rows),
            sorts={name: label for name, (label, _) in SORTS.items()},
            states=STATES,
            verdicts=ORDER,
            regions=sorted({row.stats.shop.region for row in rows}),
            notice=NOTICES.get(request.query.get("done", ""), ""),
        )

    async def shop(request: web.Request, session: Session) -> web.StreamResponse:
        try:
            known = await services.registry.get(request.match_info["shop_id"])
        except UnknownShop as unknown:
            raise web.HTTPNotFound(text=f"{unknown}\n") from None
        (stats,) = await read_shops(services.redis, [known])
        forecasts, questions = await services.forecasts(), await services.questions()
        now, pace = forecasts.at, {each.stats.shop_id: each.pace.per_second for each in forecasts.shops}
        forecast = shop_forecasts([stats], pace, services.markets, now)
        blocked = [each for each in questions.products.values() if each.shop_id == known.shop_id] if questions else []
        blocked.sort(key=lambda each: each.at, reverse=True)
        return services.templates.page(
            "shop.html",
            request,
            session,
            shop=known,
            stats=stats,
            forecast=forecast[0] if forecast else None,
            market=services.markets.of(known.region),
            counted=questions is not None,
            blocked=blocked[:SHOWN_PRODUCTS],
            blocked_total=len(blocked),
            notice=NOTICES.get(request.query.get("done", ""), ""),
        )

    app.router.add_get("/shops", services.guard.show(shops))
    app.router.add_get(SHOP, services.guard.show(shop))


def select(rows: Sequence[ShopRow], query: Any) -> list[ShopRow]:
    """The shops that match the text and all filters. Pure."""
    text, state = text_in(query, "find").casefold(), text_in(query, "state")
    region, verdict, ends = text_in(query, "region"), text_in(query, "verdict"), text_in(query, "ends")
    return [
        row
        for row in rows
        if text in f"{row.stats.shop_id} {row.stats.shop.name} {row.stats.shop.account}".casefold()
        and state in ("", row.stats.state)
        and region in ("", row.stats.shop.region)
        and verdict in ("", row.verdict)
        and (not ends or (row.v1_ends is not None and row.v1_ends.isoformat() <= ends))
    ]


async def _rows(services: WebServices) -> list[ShopRow]:
    fleet, forecasts = await services.fleet(), await services.forecasts()
    by_shop = {each.stats.shop_id: each for each in forecasts.shops}
    rows = []
    for stats in fleet.shops:
        market = services.markets.of(stats.shop.region)
        rows.append(ShopRow(stats, market.v1_ends if market else None, by_shop.get(stats.shop_id)))
    return rows


def _urgency(row: ShopRow) -> int:
    names: tuple[str, ...] = ORDER
    return names.index(row.verdict) if row.verdict in names else len(names)
