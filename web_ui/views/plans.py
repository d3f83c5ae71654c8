"""Plans: uploaded by one person, reviewed and applied by another."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

from aiohttp import web

from producers.plan_apply import apply_entries, apply_run_id, ready_entries
from producers.plan_file import BadPlan
from shop_queue.shop_registry import UnknownShop
from web_ui.access.session import Session
from web_ui.acting import AlreadyDone
from web_ui.actions.confirming import Order, confirm, see_other
from web_ui.paging import number_in, page_of
from web_ui.rendering import plural
from web_ui.services import WebServices
from web_ui.stored_plans import StoredPlan, StoredPlans, TooManyPlans, parsed_plan
from web_ui.upload import uploaded_file

PAGE_SIZE = 50
PLAN = r"/plans/{plan_id:[0-9a-f]{24}}"


class PlanPages:
    """Handlers of the stored plans: upload, show, review, apply and remove."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._plans = StoredPlans(services.redis)
        # A plan needs memory and a core, so only one is processed at a time, to keep webhooks fast.
        self._parsing = asyncio.Lock()

    async def show_all(self, request: web.Request, session: Session) -> web.StreamResponse:
        return self._services.templates.page("plans.html", request, session, plans=await self._plans.all(), problem="")

    async def upload(self, request: web.Request, session: Session) -> web.StreamResponse:
        content = await uploaded_file(request, lambda given: self._services.guard.check_csrf(session, given))
        try:
            async with self._parsing:
                plan = await asyncio.to_thread(parsed_plan, content)
                by = session.user.name if session.user is not None else ""
                stored = await self._plans.add(content, plan, by, datetime.now(UTC).isoformat(timespec="seconds"))
        except (BadPlan, TooManyPlans) as problem:
            text = str(problem) or "Too many plans wait: apply or remove one first"
            known = await self._plans.all()
            return self._services.templates.page("plans.html", request, session, 422, plans=known, problem=text)
        return see_other(f"/plans/{stored.id}")

    async def show(self, request: web.Request, session: Session) -> web.StreamResponse:
        stored = await self._known(request)
        try:
            async with self._parsing:
                plan = await self._plans.content(stored.id)
        except BadPlan as problem:
            raise web.HTTPNotFound(text=f"{problem}\n") from None
        rules = Counter(str(entry.get("rule")) for entry in plan.entries if entry.get("ready"))
        return self._services.templates.page(
            "plan.html",
            request,
            session,
            plan=stored,
            page=page_of(plan.entries, number_in(request.query), PAGE_SIZE),
            rules=rules.most_common(),
        )

    async def ask(self, request: web.Request, session: Session) -> web.StreamResponse:
        stored = await self._known(request)
        shops = plural(stored.shops, "shop")
        effects = [
            plural(stored.ready, f"product in {shops} is", f"products in {shops} are") + " edited exactly as planned.",
            "A product that has changed since the plan is refused and reported.",
        ]
        if stored.products > stored.ready:
            effects.append(
                f"{plural(stored.products - stored.ready, 'product')} of the plan cannot be edited and will not change."
            )
        if stored.missing:
            effects.append(f"Someone has deleted {plural(stored.missing, 'line')} from the file.")
        order = Order(
            *(f"Apply plan {stored.run_id}", "Apply the plan", f"/plans/{stored.id}/apply", effects, {}),
            f"/plans/{stored.id}",
            "The edits go live. An edit can be undone, but a v1 category cannot come back after its market's date.",
            f"It was applied {stored.applied}." if stored.applied else "",
        )
        return confirm(self._services, request, session, order)

    async def apply(self, request: web.Request, session: Session) -> web.StreamResponse:
        stored, given = await self._known(request), await request.post()
        run_id = f"apply-{stored.run_id}"
        if stored.applied:
            return see_other(f"/runs/{run_id}?done=applied")
        try:
            async with self._services.acting.once(str(given.get("intent", ""))), self._parsing:
                if (await self._known(request)).applied:  # by someone else, since this form was opened
                    return see_other(f"/plans/{stored.id}")
                plan = await self._plans.content(stored.id)
                entries, run_id = ready_entries(plan), apply_run_id(plan)
                about = {"plan": stored.id, "run": run_id, "products": len(entries)}
                await self._services.acting.note(session, "plan_applied", about)
                await apply_entries(self._services.redis, entries, run_id)
                by = session.user.name if session.user is not None else ""
                await self._plans.note_applied(stored, f"at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {by}")
        except AlreadyDone:
            return see_other(f"/plans/{stored.id}")
        except (BadPlan, UnknownShop) as problem:
            raise web.HTTPUnprocessableEntity(text=f"{problem}\n") from None
        self._services.changed()
        return see_other(f"/plans/{stored.id}")

    async def remove(self, request: web.Request, session: Session) -> web.StreamResponse:
        stored = await self._known(request)
        await self._services.acting.note(session, "plan_removed", {"plan": stored.id, "run": stored.run_id})
        await self._plans.remove(stored.id)
        return see_other("/plans")

    async def _known(self, request: web.Request) -> StoredPlan:
        stored = await self._plans.get(request.match_info["plan_id"])
        if stored is None:
            raise web.HTTPNotFound(text="The plan is not known: upload it again.\n")
        return stored


def add_plans(app: web.Application, services: WebServices) -> None:
    pages = PlanPages(services)
    guard, router = services.guard, app.router
    router.add_get("/plans", guard.show(pages.show_all))
    router.add_post("/plans", guard.upload(pages.upload))
    router.add_get(PLAN, guard.show(pages.show))
    router.add_get(PLAN + "/apply", guard.show(pages.ask))
    router.add_post(PLAN + "/apply", guard.form(pages.apply))
    router.add_post(PLAN + "/remove", guard.form(pages.remove))
