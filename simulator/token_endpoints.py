"""Token get and refresh: unsigned, with the app's secret in the query."""

from __future__ import annotations

from aiohttp import web

from simulator.accounts import exchange
from simulator.answers import envelope
from simulator.refusal import Refusal
from simulator.rules.submission import OVERLOADED
from simulator.world import World

REQUEST_ID = "sim-token"
GRANTS = {"get": ("authorized_code", "auth_code"), "refresh": ("refresh_token", "refresh_token")}


def answer_token_request(world: World, request: web.Request) -> web.Response:
    try:
        return _answer(world, request)
    except Refusal as refusal:
        return envelope(refusal.code, refusal.message, REQUEST_ID, status=refusal.status or 200)


def _answer(world: World, request: web.Request) -> web.Response:
    query, options = request.query, world.options
    kind = request.path.rpartition("/")[2]
    grant, field = GRANTS[kind]
    if query.get("app_key") != options.app_key or query.get("app_secret") != options.app_secret:
        raise Refusal(OVERLOADED, "app_key or app_secret is invalid")
    if query.get("grant_type") != grant:
        raise Refusal(OVERLOADED, f"grant_type is invalid: {grant}")
    credential = query.get(field, "")
    parts = credential.split("_")
    account = world.accounts.get(parts[2]) if len(parts) == 4 else None
    if account is None:
        raise Refusal(36004004, "the authorization code or refresh token is used, expired or wrong")
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
