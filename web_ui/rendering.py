"""Renders templates. All values are escaped, because titles and messages come from sellers and the platform."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from web_ui.charts import stacked, widths
from web_ui.progress import parts_of, waiting_for_people
from web_ui.session import Session, Sessions

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
        self._environment.filters["number"] = "{:,}".format
        self._environment.filters["words"] = lambda name: str(name).replace("_", " ")
        self._environment.filters["moment"] = lambda at: f"{str(at)[:19].replace('T', ' ')} UTC" if at else ""
        self._environment.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
        self._environment.globals.update(stacked=stacked, widths=widths, labels=LABELS, parts_of=parts_of)
        self._environment.globals.update(waiting_for_people=waiting_for_people)

    def page(self, name: str, session: Session, status: int = 200, **values: Any) -> web.Response:
        text = self._environment.get_template(name).render(
            **values,
            csrf=self._sessions.csrf(session),
            signed_in=session.signed_in,
            open_to_all=self._sessions.open_to_all,
        )
        return web.Response(status=status, text=text, content_type="text/html")
