"""The endpoints that get and refresh tokens. Requests are unsigned and have the app secret in the query."""

from __future__ import annotations

import asyncio

from aiohttp import web

from simulator.accounts import exchange
from simulator.api_error import ApiError
from simulator.responses import envelope
from simulator.rules.codes import OVERLOADED
from simulator.world import World

REQUEST_ID = "sim-token"
WRONG = 36004004
GRANTS = {"get": ("authorized_code", "auth_code"), "refresh": ("refresh_token", "refresh_token")}


REFRESH_ANSWERS = ("", "error", "malformed", "refused", "reset", "lost")
"""The values of `Faults.refresh_answer`."""


async def answer_token_request(world: World, request: web.Request) -> web.Response:
    trouble = world.faults.refresh_answer if request.path.endswith("refresh") else ""
    try:
        if trouble == "error":
            raise ApiError(36009003, "internal error", 500)
        if trouble == "malformed":
            return envelope(0, "success", REQUEST_ID, {"access_token": "TTP_sim_half"})
        if trouble == "refused":
            raise ApiError(WRONG, "the authorization code or refresh token is used, expired or wrong")
        if trouble == "reset":
            return _reset(request)
        answer = _answer(world, request)
        if request.path.endswith("refresh"):
            await asyncio.sleep(world.faults.refresh_seconds)
        return _reset(request) if trouble == "lost" else answer
    except ApiError as error:
        return envelope(error.code, error.message, REQUEST_ID, status=error.status or 200)


def _answer(world: World, request: web.Request) -> web.Response:
    query, options = request.query, world.options
    kind = request.path.rpartition("/")[2]
    grant, field = GRANTS[kind]
    app = options.app_number(query.get("app_key"))
    if app is None or query.get("app_secret") != options.app(app).secret:
        raise ApiError(OVERLOADED, "app_key or app_secret is invalid")
    if query.get("grant_type") != grant:
        raise ApiError(OVERLOADED, f"grant_type is invalid: {grant}")
    credential = query.get(field, "")
    parts = credential.split("_")
    account = world.accounts.get(parts[2]) if len(parts) == 4 else None
    if account is None or account.app != app:
        raise ApiError(WRONG, "the authorization code or refresh token is used, expired or wrong")
    exchange(account, credential, refresh=kind == "refresh")
    shop = world.by_id[account.name]
    data = {
        "access_token": account.access_token(),
        "access_token_expire_in": account.access_expires,
        "refresh_token": account.refresh_token,
        "refresh_token_expire_in": account.refresh_expires,
        "open_id": f"open{shop.number}",
        "seller_name": f"Seller {shop.number}",
        "seller_base_region": shop.region,
        "user_type": 0,
        "granted_scopes": list(account.scopes),
    }
    return envelope(0, "success", REQUEST_ID, data)


def _reset(request: web.Request) -> web.Response:
    """Closes the connection; the returned response is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
