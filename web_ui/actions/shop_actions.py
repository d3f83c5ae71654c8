"""Pauses and resumes one shop, several or all; retries blocked products by reason; cancels queued work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from aiohttp import web
from multidict import MultiMapping

from model.shop import Shop
from monitoring.fleet import ShopStats
from producers.retry import RetryFilter, count_retried, retry_blocked
from shop_queue.inspection_request import request_inspection
from shop_queue.shop_registry import UnknownShop
from undo.cancelled_states import record_cancelled
from web_ui.access.session import Session
from web_ui.acting import AlreadyDone
from web_ui.actions.confirming import Order, confirm, see_other
from web_ui.paging import text_in
from web_ui.rendering import plural
from web_ui.services import WebServices
from web_ui.views.shops import SHOP

log = structlog.get_logger("relist.web")

OUTCOMES = ("needs_input", "rejected", "failed")
CANCEL_WAIT_SECONDS = 5.0
"""For one shop. With several shops, do not wait for the jobs in flight."""
LOGGED_SHOPS = 200
"""Maximum number of shops named in an entry of the action log, which also has their total."""


class ShopActions:
    """Handlers of pause, resume, retry and cancel. Each `ask` describes the action; the POST carries it out once."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    async def _set_state(
        self, session: Session, shops: Sequence[Shop], state: Literal["active", "paused"], where: str
    ) -> web.Response:
        paused = state == "paused"
        ids = [shop.shop_id for shop in shops]
        about = {"shops": ids[:LOGGED_SHOPS], "count": len(ids)}
        await self._services.acting.note(session, "shops_paused" if paused else "shops_resumed", about)
        for shop_id in ids:
            await self._services.lanes.set_state(shop_id, state, _reason(session) if paused else "")
            log.info("shop_action", order=state, shop_id=shop_id)
        if not paused:
            await request_inspection(self._services.redis)
        self._services.changed()
        return see_other(f"{where}{'&' if '?' in where else '?'}done={'paused' if paused else 'resumed'}")

    async def one(self, request: web.Request, session: Session) -> web.StreamResponse:
        shop = await _known(self._services, request.match_info["shop_id"])
        state: Literal["active", "paused"] = "paused" if _order(request) == "pause" else "active"
        return await self._set_state(session, [shop], state, f"/shops/{shop.shop_id}")

    async def many(self, request: web.Request, session: Session) -> web.StreamResponse:
        """Ask about the shops that are ticked in the list; act on those of a confirmation, or on all."""
        given = await request.post()
        shops = await self._services.registry.all()
        confirmed = set(str(given.get("chosen", "")).split(",")) - {""}
        wanted = confirmed or {str(each) for each in given.getall("shop", [])}
        if "all" not in given:
            shops = [shop for shop in shops if shop.shop_id in wanted]
        if not shops:
            raise web.HTTPUnprocessableEntity(text="Choose at least one shop.\n")
        if not confirmed and "all" not in given:
            fields = {"chosen": ",".join(shop.shop_id for shop in shops)}
            fleet = {each.shop_id: each for each in (await self._services.fleet()).shops}
            chosen = [fleet[shop.shop_id] for shop in shops if shop.shop_id in fleet]
            return self._ask(request, session, chosen, "chosen shops", fields)
        state: Literal["active", "paused"] = "paused" if _order(request) == "pause" else "active"
        return await self._set_state(session, shops, state, "/shops")

    async def ask_all(self, request: web.Request, session: Session) -> web.StreamResponse:
        return self._ask(request, session, (await self._services.fleet()).shops, "all shops", {"all": "1"})

    def _ask(
        self, request: web.Request, session: Session, among: Sequence[ShopStats], what: str, fields: dict[str, str]
    ) -> web.StreamResponse:
        """Describe the effect on those of the shops whose state changes."""
        pauses = _order(request) == "pause"
        shops = [each for each in among if (each.state == "active") == pauses]
        queued = plural(sum(each.queued for each in shops), "queued job")
        word = "Pause" if pauses else "Resume"
        effects = [
            f"{plural(len(shops), 'shop')} {'will send no more' if pauses else 'will send'} requests."
            f" {queued} {'will wait until you resume' if pauses else 'will continue'}."
        ]
        order = Order(f"{word} {what}", f"{word} {what}", f"/shops/{word.lower()}", effects, fields, "/shops")
        return confirm(self._services, request, session, order)

    async def ask_retry(self, request: web.Request, session: Session) -> web.StreamResponse:
        wanted, shops = await _retry(self._services, request.query)
        counted = await count_retried(self._services.redis, shops, wanted)
        scope = f" of {plural(len(shops), 'shop')}"
        effects = [
            plural(counted.queued, f"product{scope} is", f"products{scope} are")
            + " queued again and tried with the answers given."
        ]
        if counted.already_queued:
            effects.append(plural(counted.already_queued, "product is queued already.", "products are queued already."))
        if counted.dry_runs:
            effects.append(plural(counted.dry_runs, "is a dry run", "are dry runs") + ": checked but not edited.")
        if counted.not_kept:
            effects.append(f"{plural(counted.not_kept, 'product')} must be enqueued by your own system instead.")
        fields = {"reason": wanted.reason, "outcome": wanted.outcome, "shop": text_in(request.query, "shop")}
        obstacle = "" if counted.queued else "No product is left to retry."
        title = f"Retry products with reason {wanted.reason}" if wanted.reason else f"Retry {wanted.outcome} products"
        return confirm(
            self._services,
            request,
            session,
            Order(title, "Retry", "/retry", effects, fields, "/questions", "Edits that succeed are live.", obstacle),
        )

    async def retry(self, request: web.Request, session: Session) -> web.StreamResponse:
        given = await request.post()
        wanted, shops = await _retry(self._services, given)
        try:
            async with self._services.acting.once(str(given.get("intent", ""))):
                counted = await count_retried(self._services.redis, shops, wanted)
                about = {"reason": wanted.reason, "outcome": wanted.outcome, "shops": len(shops)}
                await self._services.acting.note(session, "products_retried", {**about, "products": counted.queued})
                await retry_blocked(self._services.redis, shops, wanted)
        except AlreadyDone:
            return see_other("/questions?done=retried")
        self._services.changed()
        return see_other("/questions?done=retried")

    async def ask_cancel(self, request: web.Request, session: Session) -> web.StreamResponse:
        run_id, shops, fields = await _cancelled(self._services, request.query)
        jobs = await self._services.cancellation.count(shops, run_id)
        what = f"run {run_id}" if run_id else f"shop {shops[0]}"
        effects = [
            plural(jobs, f"queued job of {what} ends", f"queued jobs of {what} end")
            + " as failed with the reason “cancelled”. Nothing is sent.",
            "Running jobs finish, and audits of accepted edits are followed to their end.",
        ]
        back = f"/runs/{run_id}" if run_id else f"/shops/{shops[0]}"
        obstacle = "" if jobs else "Nothing is queued."
        warning = "Cancelled jobs must be enqueued or retried again."
        order = Order(f"Cancel {what}", "Cancel it", "/cancel", effects, fields, back, warning, obstacle)
        return confirm(self._services, request, session, order)

    async def cancel(self, request: web.Request, session: Session) -> web.StreamResponse:
        given = await request.post()
        run_id, shops, _ = await _cancelled(self._services, given)
        where = f"/runs/{run_id}" if run_id else f"/shops/{shops[0]}"
        try:
            async with self._services.acting.once(str(given.get("intent", ""))):
                jobs = await self._services.cancellation.count(shops, run_id)
                wait = CANCEL_WAIT_SECONDS if len(shops) == 1 else 0.0
                about = {"run": run_id, "shops": shops[:LOGGED_SHOPS], "count": len(shops), "jobs": jobs}
                await self._services.acting.note(session, "work_cancelled", about)
                await self._services.cancellation.cancel_in_shops(shops, run_id, datetime.now(UTC), wait)
                await record_cancelled(self._services.record, self._services.redis, shops, run_id, datetime.now(UTC))
        except AlreadyDone:
            return see_other(f"{where}?done=cancelled")
        self._services.changed()
        return see_other(f"{where}?done=cancelled")


def add_shop_actions(app: web.Application, services: WebServices) -> None:
    actions = ShopActions(services)
    guard, router = services.guard, app.router
    for order in ("pause", "resume"):
        router.add_post(f"{SHOP}/{order}", guard.form(actions.one))
        router.add_get(f"/shops/{order}", guard.show(actions.ask_all))
        router.add_post(f"/shops/{order}", guard.form(actions.many))
    router.add_get("/retry", guard.show(actions.ask_retry))
    router.add_post("/retry", guard.form(actions.retry))
    router.add_get("/cancel", guard.show(actions.ask_cancel))
    router.add_post("/cancel", guard.form(actions.cancel))


def _order(request: web.Request) -> str:
    """The last part of the path: pause or resume."""
    return request.path.rpartition("/")[2]


def _reason(session: Session) -> str:
    return f"paused in the web UI by {session.user.name}" if session.user is not None else ""


async def _known(services: WebServices, shop_id: str) -> Shop:
    try:
        return await services.registry.get(shop_id)
    except UnknownShop as unknown:
        raise web.HTTPNotFound(text=f"{unknown}\n") from None


async def _retry(services: WebServices, given: MultiMapping[Any]) -> tuple[RetryFilter, list[str]]:
    """The selection of a retry, and its shops. Raises HTTPUnprocessableEntity, HTTPNotFound."""
    reason, outcome, shop = (str(given.get(name, ""))[:200].strip() for name in ("reason", "outcome", "shop"))
    if not (reason or outcome) or (outcome and outcome not in OUTCOMES):
        raise web.HTTPUnprocessableEntity(text="Choose a reason code or an outcome to retry.\n")
    if shop:
        return RetryFilter(reason, outcome), [(await _known(services, shop)).shop_id]
    return RetryFilter(reason, outcome), [each.shop_id for each in await services.registry.all()]


async def _cancelled(services: WebServices, given: MultiMapping[Any]) -> tuple[str, list[str], dict[str, str]]:
    run_id, shop = (str(given.get(name, ""))[:200].strip() for name in ("run", "shop"))
    if not (run_id or shop):
        raise web.HTTPUnprocessableEntity(text="Choose a run or a shop to cancel.\n")
    known = [(await _known(services, shop)).shop_id] if shop else [e.shop_id for e in await services.registry.all()]
    return run_id, known, {"run": run_id, "shop": shop}
