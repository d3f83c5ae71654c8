"""Checks every request of the web UI (host, user, CSRF token, role) and sets the headers of every response."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError

from config.addresses import is_loopback
from record.errors import DamagedStore, RecordUnavailable, SchemaTooNew
from redis_client.connect import REDIS_UNAVAILABLE
from web_ui.access.identity import User
from web_ui.access.proxy_user import ForeignHeader, NoAccess, user_from_proxy
from web_ui.access.session import COOKIE, SESSION_SECONDS, Session, Sessions
from web_ui.rendering import Templates

log = structlog.get_logger("relist.web")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WebHandler = Callable[[web.Request, Session], Awaitable[web.StreamResponse]]
FORM_SECONDS = 10.0
UNREADABLE = (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError)
"""Exceptions aiohttp raises for malformed forms: bad parts, unknown charsets, truncated bodies."""
FROM_HERE = ("same-origin", "none")
"""Values of Sec-Fetch-Site for forms of this site."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Guard:
    def __init__(self, sessions: Sessions, templates: Templates) -> None:
        self._sessions, self._templates = sessions, templates

    def show(self, handler: WebHandler, *, public: bool = False) -> Handler:
        """Wrap a GET handler. Redirects to the login unless the user is signed in or the handler is `public`."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            kept, session = await self._session(request)
            if not (session.signed_in or public):
                return _redirect("/login")
            response = await handler(request, session)
            if kept is None or kept.id != session.id:
                self.set_cookie(request, response, session)
            return response

        return self._safe(guarded)

    def form(self, handler: WebHandler, *, public: bool = False, viewers: bool = False) -> Handler:
        """Wrap a POST handler of an ordinary form and check its field `csrf`. Only operators may send it.

        `viewers`: everyone who is signed in may send it. `public`: everyone may.
        """

        async def guarded(request: web.Request) -> web.StreamResponse:
            session = await self._allowed(request, public=public, viewers=viewers)
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
        """Wrap a POST handler for operators that reads the body itself and must call `check_csrf` first."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            return await handler(request, await self._allowed(request, public=False, viewers=False))

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

    async def _session(self, request: web.Request) -> tuple[Session | None, Session]:
        """The session of the cookie, and the session to use. Raises HTTPForbidden."""
        kept = await self._sessions.read(request.cookies.get(COOKIE, ""))
        user = self._proxied(request)
        if user is None:
            return kept, kept or self._sessions.begin()
        if kept is not None and kept.user == user:
            return kept, kept
        return kept, await self._sessions.sign_in(user)

    def _proxied(self, request: web.Request) -> User | None:
        proxy = self._sessions.access.proxy
        try:
            return user_from_proxy(proxy, request.remote, request.headers) if proxy is not None else None
        except ForeignHeader:
            log.warning("web_login_refused", remote=request.remote)
            raise web.HTTPForbidden(text="Only the sign-in proxy may send your name.\n") from None
        except NoAccess:
            raise web.HTTPForbidden(text="You have no access: ask to join a group that may open this page.\n") from None

    async def _allowed(self, request: web.Request, *, public: bool, viewers: bool) -> Session:
        if is_cross_site(request.headers, request.host):
            raise web.HTTPForbidden(text="Another site has sent this form.\n")
        kept, session = await self._session(request)
        if kept is None or kept.id != session.id or not (session.signed_in or public):
            raise web.HTTPForbidden(text="You are no longer signed in. Open the web UI again.\n")
        if not (public or viewers or session.may_act):
            raise web.HTTPForbidden(text="You may look but not act: sign in as an operator.\n")
        return session

    def _safe(self, handler: Handler) -> Handler:
        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                # Without a token, refuse other host names: a web site could point its own name at this machine.
                if self._sessions.open_to_all and not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
                    raise web.HTTPForbidden(text="Open http://localhost or http://127.0.0.1 instead.\n")
                response = await handler(request)
            except web.HTTPException as answer:
                self._finish(request, answer)
                raise
            except REDIS_UNAVAILABLE as error:
                log.warning("web_redis_unavailable", error=type(error).__name__)
                response = web.Response(status=503, text="Redis does not answer; try again in a moment.\n")
            except (RecordUnavailable, DamagedStore, SchemaTooNew) as problem:
                response = web.Response(status=503, text=f"{problem}\n")
            self._finish(request, response)
            return response

        return answered

    def _finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Set the headers. A browser gets a refusal as a page, since plain text has no way back."""
        wants_page = "text/html" in request.headers.get("Accept", "") and response.content_type == "text/plain"
        if wants_page and response.status >= 400 and isinstance(response, web.Response):
            response.text = self._templates.problem(request, response.text or "")
            response.content_type = "text/html"
        response.headers.update(HEADERS)


def is_cross_site(headers: Mapping[str, str], host: str) -> bool:
    """Return whether, according to the browser, another site sent the form. Pure.

    Browsers that lack Sec-Fetch-Site send Origin. A proxy may change Host and then puts the browser's address into
    X-Forwarded-Host, which a form of another site cannot set.
    """
    if (site := headers.get("Sec-Fetch-Site")) is not None:
        return site not in FROM_HERE
    if (origin := headers.get("Origin")) is None:
        return False
    own = {host, *(each.strip() for each in headers.get("X-Forwarded-Host", "").split(","))}
    return origin.partition("://")[2] not in own - {""}


def _redirect(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
