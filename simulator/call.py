"""An authenticated request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from simulator.accounts import Account
from simulator.api_error import ApiError
from simulator.audits import Audits
from simulator.rules.codes import OVERLOADED
from simulator.shop import SimulatedShop
from simulator.upgrades import Upgrades
from simulator.world import World


@dataclass(frozen=True, slots=True)
class Call:
    world: World
    audits: Audits
    upgrades: Upgrades
    account: Account
    authenticated: SimulatedShop | None
    """None if the operation takes no cipher."""
    request: web.Request
    raw: bytes
    body: dict[str, Any]
    version: str
    """The version in the path, such as 202309."""

    @property
    def shop(self) -> SimulatedShop:
        if self.authenticated is None:
            raise ApiError(106013, "shop_cipher is missing", 400)
        return self.authenticated

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    def query(self, name: str, default: str = "") -> str:
        return self.request.query.get(name, default)

    def flag(self, name: str) -> bool | None:
        """A boolean parameter of the query; None if it is missing. Raises ApiError. Fact: numeric_booleans."""
        given = self.query(name)
        values = {"": None, "true": True, "false": False}
        if self.world.options.accepts_numeric_booleans:
            values |= {"1": True, "0": False}
        if given not in values:
            raise ApiError(OVERLOADED, f"{name} is invalid")
        return values[given]
