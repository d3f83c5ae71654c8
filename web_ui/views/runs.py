"""The list of runs, newest first, and the page of one run: its progress, its edits, and the available actions."""

from __future__ import annotations

from aiohttp import web

from record.state import Run
from web_ui.access.session import Session
from web_ui.paging import number_in, page_of, text_in
from web_ui.progress import PARTS
from web_ui.services import WebServices

PAGE_SIZE = 50
RUN = r"/runs/{run_id:.{1,200}}"
NOTICES = {
    "cancelled": "The queued jobs of this run have been cancelled.",
    "applied": "The edits are queued.",
    "nothing-undone": "Nothing was undone: no edit of it took effect.",
}


def add_runs(app: web.Application, services: WebServices) -> None:
    async def runs(request: web.Request, session: Session) -> web.StreamResponse:
        text = text_in(request.query, "find").casefold()
        known = [each for each in await services.record.runs() if isinstance(each, Run)]
        found = [each for each in known if text in f"{each.run_id} {each.kind} {each.note}".casefold()]
        page = page_of(found, number_in(request.query), PAGE_SIZE)
        sizes = await services.record.run_sizes([each.run_id for each in page.rows])
        return services.templates.page("runs.html", request, session, page=page, sizes=sizes, notice=_notice(request))

    async def run(request: web.Request, session: Session) -> web.StreamResponse:
        run_id = request.match_info["run_id"]
        found = next((e for e in await services.record.runs() if isinstance(e, Run) and e.run_id == run_id), None)
        counts = await services.run_counts.get(run_id)
        if found is None and not any(counts.values()):
            raise web.HTTPNotFound(text="The record has no run of this name.\n")
        return services.templates.page(
            "run.html",
            request,
            session,
            run_id=run_id,
            run=found,
            parts={name: counts.get(name, 0) for name in PARTS},
            edits=(await services.record.run_sizes([run_id])).get(run_id, 0),
            notice=_notice(request),
        )

    app.router.add_get("/runs", services.guard.show(runs))
    app.router.add_get(RUN, services.guard.show(run))


def _notice(request: web.Request) -> str:
    return NOTICES.get(request.query.get("done", ""), "")
