"""The consent page: a seller chooses the account, and the browser returns with an authorisation code.

Both published addresses exist: `/open/authorize?service_id=` and `/oauth/authorize?app_key=`. The platform sends the
browser to the address that Partner Center has for the app; here that is the option `redirect_url`.
"""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from aiohttp import web

from simulator.world import World

SHOWN_ACCOUNTS = 500


class ConsentPage:
    def __init__(self, world: World) -> None:
        self._world = world

    def add_to(self, app: web.Application) -> None:
        for path in ("/oauth/authorize", "/open/authorize"):
            app.router.add_get(path, self._ask)
        app.router.add_get("/simulator/consents", self._agree)

    async def _ask(self, request: web.Request) -> web.Response:
        """Lists the sellers of the app. Choosing one is the consent."""
        app = self._app(request)
        if app is None:
            return web.Response(status=400, text="no app has this key or service ID\n")
        state = request.query.get("state", "")
        links = "\n".join(
            f'<li><a href="/simulator/consents?{escape(urlencode({"account": each.name, "state": state}))}">'
            f"{escape(', '.join(self._world.by_id[shop_id].name for shop_id in each.shop_ids))}</a></li>"
            for each in list(self._world.accounts.values())[:SHOWN_ACCOUNTS]
            if each.app == app
        )
        page = f"<!doctype html><title>Authorise</title><h1>Sign in as the seller of</h1><ul>{links}</ul>"
        return web.Response(text=page, content_type="text/html")

    async def _agree(self, request: web.Request) -> web.Response:
        account = self._world.accounts.get(request.query.get("account", ""))
        if account is None:
            return web.Response(status=404, text="no seller has this account\n")
        code, target = account.consent(), self._world.options.redirect_url
        if target is None:
            return web.Response(text=f"The authorisation code:\n\n{code}\n\nIt works once, for 30 minutes.\n")
        query = urlencode({"code": code, "state": request.query.get("state", "")})
        return web.Response(status=302, headers={"Location": f"{target}?{query}"})

    def _app(self, request: web.Request) -> int | None:
        """The number of the app that the address names."""
        for number in range(self._world.options.apps):
            keys = self._world.options.app(number)
            if request.query.get("app_key") == keys.key or request.query.get("service_id") == keys.service_id:
                return number
        return None
