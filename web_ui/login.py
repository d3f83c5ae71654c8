"""Sign-in with the token, and sign-out."""

from __future__ import annotations

import time

import structlog
from aiohttp import web

from web_ui.login_throttle import LoginThrottle
from web_ui.rendering import Templates
from web_ui.request_guard import Guard
from web_ui.session import COOKIE, Session, Sessions

log = structlog.get_logger("relist.web")


def add_login(app: web.Application, guard: Guard, sessions: Sessions, templates: Templates) -> None:
    async def show(request: web.Request, session: Session) -> web.StreamResponse:
        if session.signed_in:
            return _redirect("/")
        return templates.page("login.html", session, wrong=False)

    throttle = LoginThrottle()

    async def sign_in(request: web.Request, session: Session) -> web.StreamResponse:
        now = time.monotonic()
        if wait := throttle.wait_seconds(request.remote, now):
            # Refuse the right token as well; otherwise guessing could continue at full speed.
            log.warning("web_login_refused", remote=request.remote, wait_seconds=wait)
            text = f"Too many wrong tokens: try again in {wait} seconds.\n"
            return web.Response(status=429, text=text, headers={"Retry-After": str(wait)})
        if not sessions.is_token(str((await request.post()).get("token", "")).strip()):
            throttle.failed(request.remote, now)
            log.warning("web_login_refused", remote=request.remote)
            return templates.page("login.html", session, status=403, wrong=True)
        response = _redirect("/")
        # Start a new session, so that a cookie planted before the login is useless after it.
        guard.set_cookie(request, response, await sessions.sign_in())
        log.info("web_login", remote=request.remote)
        return response

    async def sign_out(request: web.Request, session: Session) -> web.StreamResponse:
        await sessions.end(session)
        response = _redirect("/login")
        response.del_cookie(COOKIE, path="/")
        return response

    app.router.add_get("/login", guard.show(show, public=True))
    app.router.add_post("/login", guard.form(sign_in, public=True))
    app.router.add_post("/logout", guard.form(sign_out))


def _redirect(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
