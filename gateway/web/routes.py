"""The routes of the web UI: overview, shops, products, pause and resume. See also worklists.py and login.py."""

from __future__ import annotations

from typing import Any, Literal

import structlog
from aiohttp import web

from gateway.web.assets import add_assets
from gateway.web.cached_value import CachedValue
from gateway.web.login import add_login
from gateway.web.product_history import read_history, read_lane
from gateway.web.progress import find_shops, total_parts
from gateway.web.rendering import Templates
from gateway.web.request_guard import Guard
from gateway.web.rollout import add_rollout
from gateway.web.session import Session, Sessions
from gateway.web.summary import BlockedSummary, summarise
from gateway.web.worklists import add_worklists
from model.blocked_product import BlockedProduct
from model.shop import Shop
from monitoring.fleet import Fleet, read_fleet, read_shops
from monitoring.shop_inspection import read_problems
from record.record import Record
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import scan_blocked
from shop_queue.producer import LaneProducer
from shop_queue.shop_registry import ShopRegistry, UnknownShop

log = structlog.get_logger("relist.web")

FLEET_SECONDS, SUMMARY_SECONDS = 1.0, 5.0
SUMMARY_TIMEOUT = 1.0
SUMMARISED_PRODUCTS = 100_000
SHOWN_SHOPS, SHOWN_QUESTIONS, SHOWN_REASONS, SHOWN_PRODUCTS = 50, 10, 10, 100
SHOP = r"/shops/{shop_id:\d{1,24}}"
NOTICES = {"paused": "The shop is paused; no more requests are sent for it.", "resumed": "The shop is active again."}


class WebUI:
    """`add_to` mounts it at `/`; `close` ends its background tasks."""

    def __init__(self, redis: AnyRedis, page_token: str | None, record: Record, *, lease_seconds: float = 30.0) -> None:
        """Without a token, everyone who can connect is signed in. `lease_seconds`: see `read_fleet`."""
        self._redis, self._record = redis, record
        self._shops, self._lanes = ShopRegistry(redis), LaneProducer(redis)
        self._sessions = Sessions(redis, page_token)
        self._guard = Guard(self._sessions)
        self._templates = Templates(self._sessions)
        self._fleet: CachedValue[Fleet] = CachedValue(lambda: read_fleet(redis, lease_seconds), FLEET_SECONDS)
        self._summary: CachedValue[BlockedSummary] = CachedValue(self._summarise, SUMMARY_SECONDS, rest_factor=20)

    def add_to(self, app: web.Application) -> None:
        """Add the routes. Call before the application starts."""
        guard, router = self._guard, app.router
        add_assets(app)
        add_login(app, guard, self._sessions, self._templates)
        add_worklists(app, guard, self._redis, self._templates)
        add_rollout(app, guard, self._redis, self._record, self._templates)
        router.add_get("/", guard.show(self._overview))
        router.add_get("/progress", guard.show(self._progress))
        router.add_get(SHOP, guard.show(self._shop))
        router.add_get(SHOP + r"/products/{product_id:\d{1,24}}", guard.show(self._product))
        router.add_post(SHOP + "/pause", guard.form(self._pause))
        router.add_post(SHOP + "/resume", guard.form(self._resume))

    async def close(self) -> None:
        await self._fleet.close()
        await self._summary.close()

    async def _summarise(self) -> BlockedSummary:
        shops = [shop.shop_id for shop in await self._shops.all()]
        return await summarise(self._redis, shops, SUMMARISED_PRODUCTS)

    async def _overview(self, request: web.Request, session: Session) -> web.Response:
        return self._templates.page("overview.html", session, **await self._state(request))

    async def _progress(self, request: web.Request, session: Session) -> web.Response:
        """Render the part of the overview that the script refreshes."""
        return self._templates.page("progress.html", session, **await self._state(request))

    async def _state(self, request: web.Request) -> dict[str, Any]:
        fleet = await self._fleet.get()
        if fleet is None:
            raise RuntimeError("get without a timeout always returns a value")
        summary = await self._summary.get(SUMMARY_TIMEOUT)
        find = request.query.get("find", "")[:100]
        return {
            "fleet": fleet,
            "parts": total_parts(fleet),
            "find": find,
            "shops": find_shops(fleet.shops, find, SHOWN_SHOPS),
            "summary": summary,
            "problems": await read_problems(self._redis),
            "reasons": summary.reasons.ranked(SHOWN_REASONS) if summary else [],
            "questions": summary.worklist.ranked()[:SHOWN_QUESTIONS] if summary else [],
        }

    async def _shop(self, request: web.Request, session: Session) -> web.Response:
        shop = await self._known_shop(request)
        (stats,) = await read_shops(self._redis, [shop])
        products: list[BlockedProduct] = []
        async for batch in scan_blocked(self._redis, shop.shop_id):
            products += batch
            if len(products) >= SHOWN_PRODUCTS:
                break
        notice = NOTICES.get(request.query.get("done", ""), "")
        return self._templates.page(
            "shop.html", session, shop=shop, stats=stats, products=products[:SHOWN_PRODUCTS], notice=notice
        )

    async def _product(self, request: web.Request, session: Session) -> web.Response:
        shop = await self._known_shop(request)
        product_id = request.match_info["product_id"]
        blocked, jobs = await read_lane(self._redis, shop.shop_id, product_id)
        history = await read_history(self._record, shop.shop_id, product_id)
        title = blocked.title if blocked else history.title
        values: dict[str, Any] = {
            "product_id": product_id,
            "title": title,
            "blocked": blocked,
            "jobs": jobs,
            "history": history,
        }
        return self._templates.page("product.html", session, shop=shop, **values)

    async def _pause(self, request: web.Request, session: Session) -> web.Response:
        return await self._set_state(request, "paused", "paused")

    async def _resume(self, request: web.Request, session: Session) -> web.Response:
        return await self._set_state(request, "active", "resumed")

    async def _set_state(self, request: web.Request, state: Literal["active", "paused"], done: str) -> web.Response:
        shop = await self._known_shop(request)
        await self._lanes.set_state(shop.shop_id, state, "paused in the web UI" if state == "paused" else "")
        log.info("shop_action", order=state, shop_id=shop.shop_id)
        return web.Response(status=303, headers={"Location": f"/shops/{shop.shop_id}?done={done}"})

    async def _known_shop(self, request: web.Request) -> Shop:
        try:
            return await self._shops.get(request.match_info["shop_id"])
        except UnknownShop as unknown:
            raise web.HTTPNotFound(text=f"{unknown}\n") from None
