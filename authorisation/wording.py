"""Describes what a connection changed, for the command and the gateway's page. Pure."""

from __future__ import annotations

from typing import Any

from authorisation.connector import Connected
from authorisation.storing import StoredShop


def shop_lines(connected: Connected) -> list[str]:
    return [shop_line(each) for each in connected.shops]


def shop_line(stored: StoredShop) -> str:
    shop, previous = stored.shop, stored.previous
    about = f"shop {shop.shop_id} ({shop.name or 'no name'}, {shop.region})"
    if previous is None:
        done = "connected"
    elif previous.name != shop.name and previous.name:
        done = f"authorised again and renamed from {previous.name}"
    else:
        done = "authorised again"
    return f"{about} {done}{'; not verified yet' if shop.unverified else ''}"


def as_json(connected: Connected) -> dict[str, Any]:
    return {
        "account": connected.account,
        "shops": [
            {
                "shop_id": each.shop.shop_id,
                "name": each.shop.name,
                "region": each.shop.region,
                "app": each.shop.app,
                "is_new": each.previous is None,
                "verified": not each.shop.unverified,
            }
            for each in connected.shops
        ],
        "problems": list(connected.problems),
    }
