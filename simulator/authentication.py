"""Checks a request's signature, time, cipher, token, shop and scope, in the platform's order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiohttp import web

from simulator.accounts import Account, bad_token, check_token
from simulator.api_error import ApiError
from simulator.rules.codes import OVERLOADED
from simulator.shop import SimulatedShop
from simulator.world import World
from tiktok_shop.signing import sign_request

if TYPE_CHECKING:
    from simulator.operations import Operation

SECONDS_BEHIND, SECONDS_AHEAD = 300, 30
INACTIVE = {
    "shop": (36009043, "the shop is inactive"),
    "seller": (36009044, "the seller is inactive"),
}


def authenticate(
    world: World, operation: Operation, request: web.Request, raw: bytes
) -> tuple[Account, SimulatedShop | None]:
    """Returns the account of the token and the shop of the cipher. Raises ApiError."""
    _check_signature(world, request, raw)
    if world.faults.caller_refused:
        raise ApiError(36009033, "the IP address is not in the app's allow list", 403)
    cipher = request.query.get("shop_cipher")
    if operation.takes_cipher is False and cipher:
        raise ApiError(OVERLOADED, "shop_cipher is not required", 400)
    if operation.takes_cipher and not cipher:
        raise ApiError(106013, "shop_cipher is missing", 400)
    account = _account(world, request)
    if operation.scope not in account.scopes:
        raise ApiError(105005, f"the app or the token lacks the scope {operation.scope}", 403)
    if not cipher:
        return account, None
    shop = world.by_cipher.get(cipher)
    if shop is None or shop.account is not account:
        raise ApiError(101000, "the access token does not match the shop_cipher", 401)
    if shop.inactive:
        code, message = INACTIVE[shop.inactive]
        raise ApiError(code, message, 401)
    return account, shop


def _check_signature(world: World, request: web.Request, raw: bytes) -> None:
    query, options = request.query, world.options
    app = options.app_number(query.get("app_key"))
    if app is None:
        raise ApiError(OVERLOADED, "app_key is invalid", 400)
    timestamp = query.get("timestamp", "")
    if not timestamp.isdigit():
        raise ApiError(OVERLOADED, "timestamp is missing or invalid", 400)
    if int(timestamp) < time.time() - SECONDS_BEHIND:
        raise ApiError(OVERLOADED, "timestamp is expired", 400)
    if int(timestamp) > time.time() + SECONDS_AHEAD:
        raise ApiError(OVERLOADED, "timestamp is more than 30 seconds ahead", 400)
    if "sign" not in query:
        raise ApiError(OVERLOADED, "sign is missing", 400)
    if raw == b"{}" and not options.signs_empty_object:
        raw = b""
    multipart = request.content_type == "multipart/form-data"
    if query["sign"] != sign_request(options.app(app).secret, request.path, query, raw, multipart=multipart):
        raise ApiError(106001, "signature is invalid", 401)


def _account(world: World, request: web.Request) -> Account:
    options = world.options
    token = request.headers.get("x-tts-access-token", "")
    if not token and options.accepts_query_token:
        token = request.query.get("access_token", "")
    parts = token.split("_")
    account = world.accounts.get(parts[2]) if len(parts) == 4 and parts[:2] == ["TTP", "sim"] else None
    if account is None or account.app != options.app_number(request.query.get("app_key")):
        raise bad_token(options)
    check_token(account, token)
    return account
