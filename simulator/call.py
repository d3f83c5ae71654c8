"""One authenticated request, as an operation sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from simulator.accounts import Account
from simulator.audits import Audits
from simulator.refusal import Refusal
from simulator.upgrades import Upgrades
from simulator.world import SimulatedShop, World


@dataclass(frozen=True, slots=True)
class Call:
    world: World
    audits: Audits
    upgrades: Upgrades
    account: Account
    authenticated: SimulatedShop | None
    """None where an operation takes no cipher."""
    request: web.Request
    raw: bytes
    body: dict[str, Any]
    version: str
    """Of the path, such as 202309."""

    @property
    def shop(self) -> SimulatedShop:
        if self.authenticated is None:
            raise Refusal(106013, "shop_cipher is missing", 400)
        return self.authenticated

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    def query(self, name: str, default: str = "") -> str:
        return self.request.query.get(name, default)
