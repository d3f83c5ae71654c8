"""Renders templates. All values are escaped, because titles and messages come from sellers and the platform."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from web_ui.access.session import Session, Sessions
from web_ui.charts import stacked, widths
from web_ui.paging import query_with
from web_ui.progress import parts_of, waiting_for_people

LABELS = {
    "relisted": "relisted",
    "already_v2": "already on v2",
    "in_audit": "in audit",
    "running": "running",
    "queued": "queued",
    "waiting": "waiting for the platform",
    "needs_input": "needs input",
    "rejected": "rejected",
    "failed": "failed",
    "gone": "deleted",
}
SECTIONS = (
    ("/", "Overview"),
    ("/shops", "Shops"),
    ("/products", "Products"),
    ("/questions", "Questions"),
    ("/runs", "Runs"),
    ("/rollout", "Rollout"),
    ("/plans", "Plans"),
    ("/reports", "Reports"),
    ("/activity", "Activity"),
)


class Templates:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._environment = Environment(
            loader=PackageLoader("web_ui"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            number="{:,}".format,
            words=lambda name: str(name).replace("_", " "),
            moment=moment,
            pretty=lambda value: json.dumps(value, indent=2, ensure_ascii=False, default=str),
            plural=plural,
            sentence=lambda text: text[:1].upper() + text[1:],
            percent=lambda share: f"{int(share * 100)} %",
        )
        self._environment.globals.update(stacked=stacked, widths=widths, labels=LABELS, parts_of=parts_of)
        self._environment.globals.update(waiting_for_people=waiting_for_people, sections=SECTIONS)

    def page(self, name: str, request: web.Request, session: Session, status: int = 200, **values: Any) -> web.Response:
        text = self._environment.get_template(name).render(
            csrf=self._sessions.csrf(session),
            user=session.user,
            may_act=session.may_act,
            open_to_all=self._sessions.open_to_all,
            section=_section(request.path),
            query=request.query,
            with_query=lambda **changes: query_with(request.query, **changes),
            **values,
        )
        return web.Response(status=status, text=text, content_type="text/html")

    def problem(self, request: web.Request, text: str) -> str:
        """The page of a refusal, with the way back to where people came from. It needs neither session nor Redis."""
        section = _section(request.path) or "/"
        return self._environment.get_template("problem.html").render(
            problem=text.strip(), back=section, place=dict(SECTIONS)[section]
        )


def moment(at: datetime | str | None) -> str:
    """A point in time in readable form, in UTC; empty if there is none."""
    if isinstance(at, datetime):
        at = at.astimezone(UTC).isoformat()
    return f"{at[:16].replace('T', ' ')} UTC" if at else ""


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _section(path: str) -> str:
    found = [address for address, _ in SECTIONS if address != "/" and path.startswith(address)]
    if path.startswith("/shops/") and "/products/" in path:
        return "/products"
    return found[0] if found else {"/": "/", "/worklist": "/questions", "/retry": "/questions"}.get(path, "")
