"""One product: what blocks it, its questions, before and after side by side, decision, evidence, and full history."""

from __future__ import annotations

from aiohttp import web

from record.entry import StoredEdit
from record.errors import DamagedStore, RecordUnavailable, SchemaTooNew
from record.report import result_of
from record.state import ProductState
from shop_queue.shop_registry import UnknownShop
from web_ui.access.session import Session
from web_ui.comparison import ComparedField, compared
from web_ui.product_history import read_history, read_lane
from web_ui.services import WebServices
from web_ui.views.shops import SHOP
from worklist.missing_fields import missing_fields_of

NOTICES = {
    "answered": "The answer is in: the product is queued again.",
    "incomplete": "The answer is kept. The product lacks other answers, and continues when the last one is given.",
    "taken-back": "The answer is taken back: the product waits for another one.",
    "too-late": "A worker already runs this product: undo its edit instead.",
    "undone": "The product is being restored.",
}


def add_product(app: web.Application, services: WebServices) -> None:
    async def product(request: web.Request, session: Session) -> web.StreamResponse:
        try:
            shop = await services.registry.get(request.match_info["shop_id"])
        except UnknownShop as unknown:
            raise web.HTTPNotFound(text=f"{unknown}\n") from None
        product_id = request.match_info["product_id"]
        blocked, jobs = await read_lane(services.redis, shop.shop_id, product_id)
        history = await read_history(services.record, shop.shop_id, product_id)
        known = [each for each in history.edits if isinstance(each, StoredEdit)]
        newest = next((each for each in known if each.event("not_sent") is None), None)
        queued = any(each.job.kind == "relist" for each in jobs)
        return services.templates.page(
            "product.html",
            request,
            session,
            shop=shop,
            product_id=product_id,
            title=(blocked.title if blocked else "") or history.title,
            product_state=await _state(services, shop.shop_id, product_id),
            blocked=blocked,
            missing=missing_fields_of(blocked) if blocked is not None and not queued else [],
            jobs=jobs,
            queued=queued,
            history=history,
            newest=newest,
            compared=_compared(newest) if newest is not None else [],
            result_of=result_of,
            notice=NOTICES.get(request.query.get("done", ""), ""),
            problem=request.query.get("problem", "")[:300],
        )

    app.router.add_get(SHOP + r"/products/{product_id:\d{1,24}}", services.guard.show(product))


def _compared(edit: StoredEdit) -> list[ComparedField]:
    path = edit.evidence.get("path")
    return compared(edit.before, edit.edit, path=path if isinstance(path, str) else "", changes=edit.changes)


async def _state(services: WebServices, shop_id: str, product_id: str) -> ProductState | None:
    try:
        found = await services.record.product(shop_id, product_id)
    except (RecordUnavailable, DamagedStore, SchemaTooNew):
        return None  # the history shows the problem
    return found if isinstance(found, ProductState) else None
