"""Downloads the worklist as XLSX or CSV and takes the filled-in file back."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from aiohttp import web

from redis_client.connect import AnyRedis
from shop_queue.shop_registry import ShopRegistry, UnknownShop
from tables.model import BadTable, Limits
from web_ui.rendering import Templates
from web_ui.request_guard import Guard
from web_ui.session import Session
from web_ui.upload import MAX_UPLOAD_BYTES, uploaded_file
from worklist.collect import Worklist, collect
from worklist.csv_file import write_csv
from worklist.import_file import apply_answers, parse_file
from worklist.xlsx_file import write_xlsx

log = structlog.get_logger("relist.web")

MAX_ROWS = 20_000
MAX_PRODUCTS = 100_000
SHOWN_PROBLEMS = 200
MAX_CONCURRENT_UPLOADS = 8
LIMITS = Limits(file_bytes=MAX_UPLOAD_BYTES, unpacked_bytes=64 * 1024**2, memory_bytes=384 * 1024**2, seconds=60.0)
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_worklists(app: web.Application, guard: Guard, redis: AnyRedis, templates: Templates) -> None:
    # A sheet needs memory and a core: one at a time, so that webhooks are not slowed down.
    sheets = asyncio.Lock()
    # Bodies are read before that lock is taken, so that a slow upload does not block others.
    uploads = asyncio.Semaphore(MAX_CONCURRENT_UPLOADS)

    async def download(request: web.Request, kind: str, write: Callable[[Worklist], bytes]) -> web.Response:
        shop_id, reason = request.query.get("shop", ""), request.query.get("reason", "")[:100]
        registry = ShopRegistry(redis)
        try:
            shops = [await registry.get(shop_id)] if shop_id else await registry.all()
        except UnknownShop as unknown:
            raise web.HTTPNotFound(text=f"{unknown}\n") from None
        async with sheets:
            ids = [shop.shop_id for shop in shops]
            found = await collect(redis, ids, reason=reason, max_products=MAX_PRODUCTS)
            content = await asyncio.to_thread(write, found)
        name = f"worklist-{datetime.now(UTC):%Y%m%d-%H%M}.{'csv' if kind == CSV else 'xlsx'}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=content, content_type=kind, headers=headers)

    async def xlsx(request: web.Request, session: Session) -> web.StreamResponse:
        return await download(request, XLSX, _xlsx)

    async def csv(request: web.Request, session: Session) -> web.StreamResponse:
        return await download(request, CSV, _csv)

    async def upload(request: web.Request, session: Session) -> web.StreamResponse:
        async with uploads:
            content = await uploaded_file(request, lambda given: guard.check_csrf(session, given))
        async with sheets:
            try:
                answers = await asyncio.to_thread(parse_file, content, LIMITS)
            except BadTable as problem:
                return templates.page("imported.html", session, status=422, plan=None, problem=str(problem), shown=0)
            plan = await apply_answers(redis, answers)
        log.info("web_worklist", queued=len(plan.jobs), problems=len(plan.problems))
        return templates.page("imported.html", session, plan=plan, problem="", shown=SHOWN_PROBLEMS)

    app.router.add_get("/worklist.xlsx", guard.show(xlsx))
    app.router.add_get("/worklist.csv", guard.show(csv))
    app.router.add_post("/worklist", guard.upload(upload))


def _xlsx(worklist: Worklist) -> bytes:
    file = io.BytesIO()
    write_xlsx(worklist, file, MAX_ROWS)
    return file.getvalue()


def _csv(worklist: Worklist) -> bytes:
    text = io.StringIO(newline="")
    write_csv(worklist, text, MAX_ROWS)
    return text.getvalue().encode("utf-8-sig")
