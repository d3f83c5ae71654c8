"""Checks every request of the web UI (host, session, CSRF token) and sets the headers of every response."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError

from config.addresses import is_loopback
from redis_client.connect import REDIS_UNAVAILABLE
from web_ui.session import COOKIE, SESSION_SECONDS, Session, Sessions

log = structlog.get_logger("relist.web")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WebHandler = Callable[[web.Request, Session], Awaitable[web.StreamResponse]]
FORM_SECONDS = 10.0
UNREADABLE = (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError)
"""Exceptions aiohttp raises for malformed forms: bad parts, unknown charsets, truncated bodies."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def show(self, handler: WebHandler, *, public: bool = False) -> Handler:
        """Wrap a GET handler. Redirects to the login unless the user is signed in or the handler is `public`."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            kept = await self._session(request)
            session = kept or self._sessions.begin()
            if not (session.signed_in or public):
                return _redirect("/login")
            response = await handler(request, session)
            if kept is None:
                self.set_cookie(request, response, session)
            return response

        return self._safe(guarded)

    def form(self, handler: WebHandler, *, public: bool = False) -> Handler:
        """Wrap a POST handler of an ordinary form and check its field `csrf`."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            session = await self._signed_in(request, public=public)
            try:
                async with asyncio.timeout(FORM_SECONDS):
                    given = await request.post()
            except TimeoutError:
                raise web.HTTPRequestTimeout(text="Timed out receiving the form.\n") from None
            except UNREADABLE as problem:
                raise web.HTTPBadRequest(text=f"The form cannot be read ({type(problem).__name__}).\n") from None
            self.check_csrf(session, str(given.get("csrf", "")))
            return await handler(request, session)

        return self._safe(guarded)

    def upload(self, handler: WebHandler) -> Handler:
        """Wrap a POST handler that reads the body itself and must call `check_csrf` first."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            return await handler(request, await self._signed_in(request, public=False))

        return self._safe(guarded)

    def check_csrf(self, session: Session, given: str) -> None:
        """Raises HTTPForbidden."""
        if not self._sessions.is_csrf(session, given):
            raise web.HTTPForbidden(text="This form has expired. Go back, reload the page and try again.\n")

    def set_cookie(self, request: web.Request, response: web.StreamResponse, session: Session) -> None:
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        response.set_cookie(
            COOKIE, session.id, max_age=SESSION_SECONDS, path="/", secure=secure, httponly=True, samesite="Strict"
        )

    async def _session(self, request: web.Request) -> Session | None:
        return await self._sessions.read(request.cookies.get(COOKIE, ""))

    async def _signed_in(self, request: web.Request, *, public: bool) -> Session:
        session = await self._session(request)
        if session is None or not (session.signed_in or public):
            raise web.HTTPForbidden(text="You are no longer signed in. Open the web UI again.\n")
        return session

    def _safe(self, handler: Handler) -> Handler:
        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                # Without a token, refuse other host names: a web site could point its own name at this machine.
                if self._sessions.open_to_all and not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
                    raise web.HTTPForbidden(text="Open http://localhost or http://127.0.0.1 instead.\n")
                response = await handler(request)
            except web.HTTPException as answer:
                answer.headers.update(HEADERS)
                raise
            except REDIS_UNAVAILABLE as error:
                log.warning("web_redis_unavailable", error=type(error).__name__)
                response = web.Response(status=503, text="Redis does not answer; try again in a moment.\n")
            response.headers.update(HEADERS)
            return response

        return answered


def _redirect(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
