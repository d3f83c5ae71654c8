"""The causes that the rollout has stopped, and the operator's decisions about them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from aiohttp import web

from producers.cause_undo import undo_cause
from record.errors import RecordUnavailable
from record.record import Record
from record.undo_scope import Coverage
from redis_client.connect import AnyRedis
from rollout.codec import CorruptRecord
from rollout.edit import InvalidEdit
from rollout.operations import RolloutOperations
from rollout.operator import NotAllowed, UnknownCause
from web_ui.rendering import Templates
from web_ui.request_guard import Guard
from web_ui.session import Session

log = structlog.get_logger("relist.web")

ACTIONS = "release|accept|stop|undo"
NOTICES = {
    "release": "The cause is released: its products go on, slowly again.",
    "accept": "The cause is accepted: the same change stops nothing any more.",
    "stop": "The level is stopped.",
    "undo": "The edits of the cause are being taken back.",
}


def add_rollout(app: web.Application, guard: Guard, redis: AnyRedis, record: Record, templates: Templates) -> None:
    operations = RolloutOperations(redis)
    # An undo reads the record of every shop of the market: one at a time.
    undos = asyncio.Lock()

    async def show(request: web.Request, session: Session) -> web.StreamResponse:
        causes = [each for each in await operations.causes() if not each.under]
        since = {each.key: datetime.fromtimestamp(each.since / 1000, UTC).isoformat() for each in causes}
        notice = NOTICES.get(request.query.get("done", ""), "")
        return templates.page("rollout.html", session, causes=causes, since=since, notice=notice)

    async def undo(cause: str) -> None:
        async with undos:
            await operations.stop(cause, "stopped in the web UI")
            await operations.ask_undo(cause)
            done = await undo_cause(redis, record, cause, Coverage())
        log.info("rollout_undo", cause=cause, run_id=done.run_id, count=done.enqueued)

    async def act(request: web.Request, session: Session) -> web.StreamResponse:
        action, cause = request.match_info["action"], str((await request.post()).get("cause", ""))
        try:
            match action:
                case "release":
                    await operations.release(cause)
                case "accept":
                    await operations.accept(cause)
                case "stop":
                    await operations.stop(cause, "stopped in the web UI")
                case _:
                    await operations.show(cause)
                    await undo(cause)
        except (InvalidEdit, UnknownCause, NotAllowed) as problem:
            raise web.HTTPUnprocessableEntity(text=f"{problem}\n") from None
        except (RecordUnavailable, CorruptRecord) as problem:
            raise web.HTTPServiceUnavailable(text=f"{problem}\n") from None
        log.info("rollout_action", order=action, cause=cause)
        return web.Response(status=303, headers={"Location": f"/rollout?done={action}"})

    app.router.add_get("/rollout", guard.show(show))
    app.router.add_post(rf"/rollout/{{action:{ACTIONS}}}", guard.form(act))
