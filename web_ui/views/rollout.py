"""The rollout: levels that are growing, and stopped causes with three examples each."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from rollout.codec import CorruptRecord
from web_ui.access.session import Session
from web_ui.services import WebServices

MAX_GROWING = 30
NOTICES = {
    "release": "The cause is released: its products continue, slowly at first.",
    "accept": "The cause is accepted: the same change no longer stops anything.",
    "stop": "The level is stopped.",
    "undo": "The edits of the cause are being taken back.",
}


def add_rollout(app: web.Application, services: WebServices) -> None:
    async def show(request: web.Request, session: Session) -> web.StreamResponse:
        try:
            causes = [each for each in await services.rollout.causes() if not each.under]
            growing = await services.rollout.growing(MAX_GROWING)
        except CorruptRecord as problem:
            raise web.HTTPServiceUnavailable(text=f"{problem}\n") from None
        since = {each.key: datetime.fromtimestamp(each.since / 1000, UTC).isoformat() for each in causes}
        return services.templates.page(
            "rollout.html",
            request,
            session,
            causes=causes,
            since=since,
            growing=growing,
            notice=NOTICES.get(request.query.get("done", ""), ""),
        )

    app.router.add_get("/rollout", services.guard.show(show))
