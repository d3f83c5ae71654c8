"""The page that states what an action will do, and to how many products, and asks for confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from web_ui.access.session import Session
from web_ui.services import WebServices


@dataclass(frozen=True, slots=True)
class Order:
    title: str
    button: str
    path: str
    """Where the form is sent."""
    effects: Sequence[str]
    """Sentences about the effects, with the number of products."""
    fields: Mapping[str, str]
    back: str
    """The page to return to."""
    warning: str = ""
    """Why it cannot be undone; empty if it can."""
    obstacle: str = ""
    """Why it cannot be done now; then the form has no button."""
    more: Sequence[str] = field(default_factory=tuple)
    """Details, for example from a check of individual products."""
    links: Sequence[tuple[str, str]] = field(default_factory=tuple)
    """Text and address of pages with further details."""


def confirm(services: WebServices, request: web.Request, session: Session, order: Order) -> web.Response:
    return services.templates.page("confirm.html", request, session, order=order, intent=services.acting.new_intent())


def see_other(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
