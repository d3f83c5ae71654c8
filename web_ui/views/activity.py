"""Who did what and when: the action log."""

from __future__ import annotations

from aiohttp import web

from web_ui.access.session import Session
from web_ui.paging import text_in
from web_ui.services import WebServices

PAGE_SIZE = 50


def add_activity(app: web.Application, services: WebServices) -> None:
    async def activity(request: web.Request, session: Session) -> web.StreamResponse:
        before, text = text_in(request.query, "before"), text_in(request.query, "find")
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
        found = await services.record.actions(before=number, limit=PAGE_SIZE + 1, text=text)
        rows, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
        following = rows[-1].id if more else None
        return services.templates.page("activity.html", request, session, rows=rows, following=following)

    app.router.add_get("/activity", services.guard.show(activity))
