"""Downloads a report about a run or a shop."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
from datetime import UTC, datetime

from aiohttp import web

from record.entry import BadEntry
from record.report_summary import ReportSummary
from record.state import Run
from reports.actors import lines_with_actors
from reports.formats import FORMATS, MAX_NAMED, About
from web_ui.access.session import Session
from web_ui.paging import text_in
from web_ui.services import WebServices

TYPES = {"html": "text/html", "csv": "text/csv", "json": "application/json"}
CHUNK = 64 * 1024
MAX_RUNS = 200


def add_reports(app: web.Application, services: WebServices) -> None:
    # A report reads the record of its whole scope, so only one is written at a time.
    reading = asyncio.Lock()

    async def form(request: web.Request, session: Session) -> web.StreamResponse:
        runs = [each for each in await services.record.runs() if isinstance(each, Run)][:MAX_RUNS]
        shops = await services.registry.all()
        return services.templates.page("reports.html", request, session, runs=runs, shops=shops, formats=list(TYPES))

    async def download(request: web.Request, session: Session) -> web.StreamResponse:
        run_id, shop_id = text_in(request.query, "run"), text_in(request.query, "shop")
        kind = request.query.get("format", "html")
        if kind not in FORMATS or not (run_id or shop_id):
            raise web.HTTPUnprocessableEntity(text="Choose a run or a shop, and a format.\n")
        names = (f"run {run_id}" if run_id else "", f"shop {shop_id}" if shop_id else "")
        about = About(", ".join(name for name in names if name), datetime.now(UTC))
        file = re.sub(r"[^\w.-]+", "-", f"report-{run_id or shop_id}-{about.at:%Y%m%d}")
        response = web.StreamResponse(
            headers={
                "Content-Type": f"{TYPES[kind]}; charset=utf-8",
                "Content-Disposition": f'attachment; filename="{file}.{kind}"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            }
        )
        async with reading:
            await _write(services, request, response, run_id, shop_id, kind, about)
        return response

    app.router.add_get("/reports", services.guard.show(form))
    app.router.add_get("/reports/download", services.guard.show(download))


async def _write(
    services: WebServices,
    request: web.Request,
    response: web.StreamResponse,
    run_id: str,
    shop_id: str,
    kind: str,
    about: About,
) -> None:
    summary, bad, bad_count, out = ReportSummary(), list[BadEntry](), 0, io.StringIO(newline="")

    async def send() -> None:
        if not response.prepared:
            await response.prepare(request)
        text = out.getvalue()
        out.seek(0)
        out.truncate()
        if text:
            await response.write(text.encode())

    with contextlib.closing(FORMATS[kind](out, about)) as writer:
        async for entry, waits_for in lines_with_actors(services.redis, services.record, run_id, shop_id):
            if isinstance(entry, BadEntry):
                bad_count += 1
                if len(bad) < MAX_NAMED:
                    bad.append(entry)
                continue
            summary.add(entry, waits_for)
            writer.line(entry, waits_for)
            if out.tell() > CHUNK:
                await send()
        if not summary.products and not bad_count:
            raise web.HTTPNotFound(text=f"The record has no product of {about.scope}. Check the id.\n")
        writer.end(summary, bad, bad_count)
        await send()
    await response.write_eof()
