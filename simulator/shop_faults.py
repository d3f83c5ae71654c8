"""Faults of one shop. Tokens and scopes belong to all shops of its authorisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.authentication import INACTIVE
from simulator.settings import BadSetting
from simulator.shop import SimulatedShop


def shop_fault(shop: SimulatedShop, name: str, value: Any) -> Callable[[], None]:
    """Returns a function that applies the fault, to be called after all checks. Raises BadSetting."""
    kind, change = SHOP_FAULTS[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise BadSetting(f"{name} cannot be {value!r}")
    if name == "inactive" and value and value not in INACTIVE:
        raise BadSetting(f"inactive cannot be {value!r}: use {' or '.join(INACTIVE)}, or an empty text")
    return lambda: change(shop, value)


def _scale(shop: SimulatedShop, factor: float) -> None:
    for allowance in (shop.reads, shop.writes):
        allowance.per_second = max(1, int(allowance.per_second * factor))


def _expire(shop: SimulatedShop, ends: bool) -> None:
    if ends:
        shop.account.issued[-1] -= shop.account.options.access_token_seconds


def _set_generation(shop: SimulatedShop, generation: int) -> None:
    while shop.account.generation < generation:
        shop.account.renew()


SHOP_FAULTS: dict[str, tuple[Any, Callable[[SimulatedShop, Any], None]]] = {
    "token_dead": (bool, lambda shop, value: setattr(shop.account, "dead", value)),
    "token_expired": (bool, _expire),
    "generation": (int, _set_generation),
    "scopes": (list, lambda shop, value: setattr(shop.account, "scopes", tuple(value))),
    "inactive": (str, lambda shop, value: setattr(shop, "inactive", value)),
    "kyc_pending": (bool, lambda shop, value: setattr(shop, "kyc_pending", value)),
    "allowance_factor": (int | float, _scale),
    "reads_per_second": (int, lambda shop, value: setattr(shop.reads, "per_second", max(1, value))),
    "writes_per_second": (int, lambda shop, value: setattr(shop.writes, "per_second", max(1, value))),
}
"""The type of each fault's value and the function that applies it."""
