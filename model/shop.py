"""A shop the service works for."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shop:
    shop_id: str
    cipher: str = field(repr=False)
    region: str
    account: str
    """Name of the tokens to use; one authorisation may cover several shops."""
    name: str = ""
    app: str = ""
    """Name of the app that the seller authorised; empty for the one of RELIST_APP_KEY."""
    unverified: bool = False
    """Whether the platform has not confirmed yet that the tokens, the cipher and the region belong to the shop."""
