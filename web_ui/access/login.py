"""Sign-in with the token, and sign-out."""

from __future__ import annotations

import time

import structlog
from aiohttp import web

from web_ui.access.identity import User, clean_name
from web_ui.access.login_throttle import LoginThrottle
from web_ui.access.request_guard import Guard
from web_ui.access.session import COOKIE, Session, Sessions
from web_ui.rendering import Templates

log = structlog.get_logger("relist.web")


def add_login(app: web.Application, guard: Guard, sessions: Sessions, templates: Templates) -> None:
    async def show(request: web.Request, session: Session) -> web.StreamResponse:
        if session.signed_in:
            return _redirect("/")
        return templates.page("login.html", request, session, wrong=False)

    throttle = LoginThrottle()

    async def sign_in(request: web.Request, session: Session) -> web.StreamResponse:
        now = time.monotonic()
        if wait := throttle.wait_seconds(request.remote, now):
            # Refuse the right token as well; otherwise guessing could continue at full speed.
            log.warning("web_login_refused", remote=request.remote, wait_seconds=wait)
            text = f"Too many wrong tokens: try again in {wait} seconds.\n"
            return web.Response(status=429, text=text, headers={"Retry-After": str(wait)})
        given = await request.post()
        role = sessions.role_of(str(given.get("token", "")).strip())
        if role is None:
            throttle.failed(request.remote, now)
            log.warning("web_login_refused", remote=request.remote)
            return templates.page("login.html", request, session, status=403, wrong=True)
        user = User(clean_name(str(given.get("name", ""))) or role, role)
        response = _redirect("/")
        # Start a new session, so that a cookie planted before the login is useless after it.
        guard.set_cookie(request, response, await sessions.sign_in(user))
        log.info("web_login", remote=request.remote, role=role)
        return response

    async def sign_out(request: web.Request, session: Session) -> web.StreamResponse:
        await sessions.end(session)
        proxy = sessions.access.proxy
        response = _redirect(proxy.sign_out_path if proxy is not None else "/login")
        response.del_cookie(COOKIE, path="/")
        return response

    app.router.add_get("/login", guard.show(show, public=True))
    app.router.add_post("/login", guard.form(sign_in, public=True))
    app.router.add_post("/logout", guard.form(sign_out, viewers=True))


def _redirect(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})
