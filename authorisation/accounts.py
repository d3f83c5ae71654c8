"""Chooses the account whose tokens an authorisation replaces. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from model.shop import Shop


def account_for(covered: Collection[str], app: str, known: Iterable[Shop]) -> str:
    """Return the name of the account that keeps the tokens of a consent for the shops `covered`.

    An account whose shops are all covered is reused. Other accounts keep their tokens, which may be the only ones for
    shops outside this consent; a new name is then derived from the smallest shop ID.
    """
    accounts: dict[str, list[Shop]] = {}
    for shop in known:
        accounts.setdefault(shop.account, []).append(shop)
    for name, shops in sorted(accounts.items()):
        if all(each.shop_id in covered and each.app == app for each in shops):
            return name
    first = min(covered)
    name, number = first, 1
    while name in accounts:
        number += 1
        name = f"{first}-{number}"
    return name
