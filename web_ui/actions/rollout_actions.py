"""Decisions about a cause of the rollout: release, accept, stop, and undo with its check first."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web

from producers.cause_undo import count_of_cause, shops_of_cause, undo_cause
from record.errors import RecordUnavailable
from record.undo_scope import Coverage, cause_in_record, products_of_cause
from rollout.codec import CorruptRecord
from rollout.edit import InvalidEdit
from rollout.operator import NotAllowed, UnknownCause
from web_ui.access.session import Session
from web_ui.acting import AlreadyDone
from web_ui.actions.confirming import Order, confirm, see_other
from web_ui.actions.undoing import checked_lines
from web_ui.changed_fields import changed_fields_line, count_changed_fields
from web_ui.rendering import plural
from web_ui.services import WebServices

log = structlog.get_logger("relist.web")

ACTIONS = "release|accept|stop|undo"
TITLES = {"release": "Release", "accept": "Accept", "undo": "Undo the edits of", "stop": "Stop"}
EFFECTS = {
    "release": "Its products continue, slowly at first, and the test starts at zero.",
    "accept": "Its products continue. The same change no longer stops anything.",
    "stop": "No more edits of this level are sent until it is released.",
}
WARNINGS = {
    "accept": "An acceptance cannot be taken back. Stop the level to hold its edits again.",
    "undo": "The undo is sent to the live listings. The cause stays stopped.",
}


class RolloutActions:
    """Handlers of the actions on the rollout: `ask` describes an action, `act` carries it out once."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._operations = services.rollout
        # An undo reads the record of every shop of the market: one at a time.
        self._undos = asyncio.Lock()

    async def ask(self, request: web.Request, session: Session) -> web.StreamResponse:
        order, cause = request.match_info["action"], request.query.get("cause", "")[:200]
        try:
            found = (await self._operations.show(cause))[0] if order != "stop" else None
            counted = await self._count(cause)
        except (InvalidEdit, UnknownCause, NotAllowed) as problem:
            raise web.HTTPUnprocessableEntity(text=f"{problem}\n") from None
        effects = [EFFECTS[order]] if order in EFFECTS else []
        edited = plural(counted.changed, "product")
        if order == "undo":
            effects.append(f"The edits of {edited} are undone where the product still has the values from them.")
            if counted.unanswered:
                effects.append(f"{plural(counted.unanswered, 'edit')} without a known answer stay as they are.")
        else:
            effects.append(f"{edited} were edited under it so far; they stay as they are.")
        more = [found.why, *found.examples] if found is not None else []
        if order == "undo":
            changed, checked = await self._check(cause, counted.changed)
            effects, more = [*effects, *changed], [*more, *checked]
        obstacle = "" if order != "undo" or counted.changed else "No edit of this cause took effect."
        title = f"{TITLES[order]} {cause}"
        page = Order(
            *(title, TITLES[order].partition(" ")[0], f"/rollout/{order}", effects, {"cause": cause}, "/rollout"),
            *(WARNINGS.get(order, ""), obstacle, more),
        )
        return confirm(self._services, request, session, page)

    async def _check(self, cause: str, total: int) -> tuple[list[str], list[str]]:
        """The fields that the cause's edits changed, and a few of its products, read from the platform."""
        async with self._undos:
            shops = await shops_of_cause(self._services.redis, cause)
            wanted = await cause_in_record(self._services.record, shops, cause)
            everything = products_of_cause(self._services.record, shops, wanted, Coverage())
            changed = changed_fields_line(await count_changed_fields(everything))
            products = products_of_cause(self._services.record, shops, wanted, Coverage())
            return changed, await checked_lines(self._services, products, total, wanted.damaged_field)

    async def _count(self, cause: str) -> Coverage:
        async with self._undos:
            return await count_of_cause(self._services.redis, self._services.record, cause)

    async def act(self, request: web.Request, session: Session) -> web.StreamResponse:
        given = await request.post()
        order, cause = request.match_info["action"], str(given.get("cause", ""))[:200]
        try:
            async with self._services.acting.once(str(given.get("intent", ""))):
                await self._act(session, order, cause)
        except AlreadyDone:
            return see_other(f"/rollout?done={order}")
        except (InvalidEdit, UnknownCause, NotAllowed) as problem:
            raise web.HTTPUnprocessableEntity(text=f"{problem}\n") from None
        except (RecordUnavailable, CorruptRecord) as problem:
            raise web.HTTPServiceUnavailable(text=f"{problem}\n") from None
        log.info("rollout_action", order=order, cause=cause)
        return see_other(f"/rollout?done={order}")

    async def _act(self, session: Session, order: str, cause: str) -> None:
        if order != "stop":
            await self._operations.show(cause)
        counted = await self._count(cause)
        await self._services.acting.note(session, f"rollout_{order}", {"cause": cause, "products": counted.changed})
        match order:
            case "release":
                await self._operations.release(cause)
            case "accept":
                await self._operations.accept(cause)
            case "stop":
                await self._operations.stop(cause, _why(session))
            case _:
                async with self._undos:
                    await self._operations.stop(cause, _why(session))
                    await self._operations.ask_undo(cause)
                    done = await undo_cause(self._services.redis, self._services.record, cause, Coverage())
                log.info("rollout_undo", cause=cause, run_id=done.run_id, count=done.enqueued)


def add_rollout_actions(app: web.Application, services: WebServices) -> None:
    actions = RolloutActions(services)
    app.router.add_get(rf"/rollout/{{action:{ACTIONS}}}", services.guard.show(actions.ask))
    app.router.add_post(rf"/rollout/{{action:{ACTIONS}}}", services.guard.form(actions.act))


def _why(session: Session) -> str:
    return f"stopped in the web UI by {session.user.name}" if session.user is not None else "stopped in the web UI"
