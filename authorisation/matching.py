"""Compares a shop that an operator adds with the platform's list of authorised shops."""

from __future__ import annotations

from collections.abc import Sequence

from tiktok_shop.catalogue import AuthorizedShop


class ShopMismatch(ValueError):
    """The platform's list contradicts the operator's input; the message names the contradiction."""


def matching_shop(authorised: Sequence[AuthorizedShop], shop_id: str, cipher: str, region: str) -> AuthorizedShop:
    """Return the listed shop with this id. An empty cipher or region means that none was given. Raises ShopMismatch.
    Pure.
    """
    found = next((each for each in authorised if each.id == shop_id), None)
    if found is None:
        covered = ", ".join(f"{each.id} ({each.name or 'no name'}, {each.region})" for each in authorised[:10])
        raise ShopMismatch(f"these tokens do not cover shop {shop_id}; they cover {covered or 'no shop'}")
    if cipher and found.cipher and cipher != found.cipher:
        owner = next((each.id for each in authorised if each.cipher == cipher), None)
        whose = f"belongs to shop {owner}" if owner else "differs from the platform's"
        raise ShopMismatch(f"--cipher {whose}: omit it to use the platform's cipher for shop {shop_id}")
    if region and found.region and region.upper() != found.region.upper():
        raise ShopMismatch(f"shop {shop_id} is in region {found.region}, not {region.upper()}")
    return found
