"""Downloads the worklist as XLSX or CSV, takes the filled-in file back, and returns a sheet of refused rows."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from aiohttp import web

from shop_queue.shop_registry import UnknownShop
from tables.model import BadTable, Limits
from tables.reader import read_content
from web_ui.access.session import Session
from web_ui.refused_sheets import RefusedSheets
from web_ui.services import WebServices
from web_ui.upload import MAX_UPLOAD_BYTES, uploaded_file
from worklist.collect import Worklist, collect
from worklist.csv_file import write_csv
from worklist.import_file import apply_answers
from worklist.refused_rows import write_refused
from worklist.sheet import read_answers
from worklist.xlsx_file import write_xlsx

log = structlog.get_logger("relist.web")

MAX_ROWS = 20_000
MAX_PRODUCTS = 100_000
SHOWN_PROBLEMS = 200
MAX_CONCURRENT_UPLOADS = 8
LIMITS = Limits(
    file_bytes=MAX_UPLOAD_BYTES, unpacked_bytes=64 * 1024**2, memory_bytes=384 * 1024**2, seconds=60.0, rows=100_000
)
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WorklistPages:
    """Handlers of the worklist: download, upload, and the sheet of refused rows."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        # A sheet needs memory and a core, so only one is processed at a time, to keep webhooks fast.
        self._sheets = asyncio.Lock()
        # Bodies are read before that lock is taken, so that a slow upload does not block others.
        self._uploads = asyncio.Semaphore(MAX_CONCURRENT_UPLOADS)
        self._refused = RefusedSheets(services.redis)

    async def page(self, request: web.Request, session: Session) -> web.StreamResponse:
        shops, questions = await self._services.registry.all(), await self._services.questions()
        fields = sum(len(each.missing) for each in questions.products.values()) if questions else None
        return self._services.templates.page(
            "worklist.html", request, session, shops=shops, fields=fields, most=MAX_ROWS, questions=questions
        )

    async def _download(self, request: web.Request, kind: str, write: Callable[[Worklist], bytes]) -> web.Response:
        shop_id, reason = request.query.get("shop", ""), request.query.get("reason", "")[:100]
        try:
            shops = [await self._services.registry.get(shop_id)] if shop_id else await self._services.registry.all()
        except UnknownShop as unknown:
            raise web.HTTPNotFound(text=f"{unknown}\n") from None
        address = f"{request.headers.get('X-Forwarded-Proto', request.scheme)}://{request.host}"
        async with self._sheets:
            ids = [shop.shop_id for shop in shops]
            found = await collect(self._services.redis, ids, reason=reason, max_products=MAX_PRODUCTS)
            found.address = address
            content = await asyncio.to_thread(write, found)
        return _file(content, kind, "worklist")

    async def xlsx(self, request: web.Request, session: Session) -> web.StreamResponse:
        return await self._download(request, XLSX, _xlsx)

    async def csv(self, request: web.Request, session: Session) -> web.StreamResponse:
        return await self._download(request, CSV, _csv)

    async def upload(self, request: web.Request, session: Session) -> web.StreamResponse:
        async with self._uploads:
            content = await uploaded_file(request, lambda given: self._services.guard.check_csrf(session, given))
        async with self._sheets:
            try:
                tables = await asyncio.to_thread(read_content, content, LIMITS)
                answers = await asyncio.to_thread(read_answers, tables)
            except BadTable as problem:
                return self._services.templates.page(
                    "imported.html", request, session, 422, plan=None, problem=str(problem), shown=0, refused=""
                )
            plan = await apply_answers(self._services.redis, answers, check_only=True)
            about = {"answers": plan.answers, "products": len(plan.jobs), "refused_rows": len(plan.problems)}
            await self._services.acting.note(session, "worklist_imported", about)
            noted, plan = plan.answers, await apply_answers(self._services.redis, answers)
            await self._services.acting.note_refused(session, noted, plan.answers)
            kept = ""
            if plan.problems:
                file = await asyncio.to_thread(write_refused, tables, plan.problems)
                kept = await self._refused.add(file) if file else ""
        log.info("web_worklist", queued=len(plan.jobs), problems=len(plan.problems))
        self._services.changed()
        return self._services.templates.page(
            "imported.html", request, session, plan=plan, problem="", shown=SHOWN_PROBLEMS, refused=kept
        )

    async def refused_rows(self, request: web.Request, session: Session) -> web.StreamResponse:
        content = await self._refused.get(request.match_info["sheet"])
        if content is None:
            raise web.HTTPNotFound(text="The sheet is older than a day: upload the worklist again.\n")
        return _file(content, XLSX, "refused-rows")


def add_worklists(app: web.Application, services: WebServices) -> None:
    pages = WorklistPages(services)
    app.router.add_get("/worklist", services.guard.show(pages.page))
    app.router.add_get("/worklist.xlsx", services.guard.show(pages.xlsx))
    app.router.add_get("/worklist.csv", services.guard.show(pages.csv))
    app.router.add_post("/worklist", services.guard.upload(pages.upload))
    app.router.add_get(r"/worklist/refused/{sheet:[\w-]{1,64}}", services.guard.show(pages.refused_rows))


def _file(content: bytes, kind: str, name: str) -> web.Response:
    file = f"{name}-{datetime.now(UTC):%Y%m%d-%H%M}.{'csv' if kind == CSV else 'xlsx'}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return web.Response(body=content, content_type=kind, headers=headers)


def _xlsx(worklist: Worklist) -> bytes:
    file = io.BytesIO()
    write_xlsx(worklist, file, MAX_ROWS)
    return file.getvalue()


def _csv(worklist: Worklist) -> bytes:
    text = io.StringIO(newline="")
    write_csv(worklist, text, MAX_ROWS)
    return text.getvalue().encode("utf-8-sig")
