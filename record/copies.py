"""Copies of the shops and their encrypted tokens, which otherwise only Redis holds, for a rebuild after its loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from record.codec import checksum
from record.database import Database
from record.entry import BadEntry

PUT_SHOP = (
    "INSERT INTO shop_copies (shop_id, account, about, checksum) VALUES (?, ?, ?, ?) ON CONFLICT (shop_id) "
    "DO UPDATE SET account = excluded.account, about = excluded.about, checksum = excluded.checksum"
)
PUT_TOKENS = (
    "INSERT INTO token_copies (account, sealed, checksum) VALUES (?, ?, ?) ON CONFLICT (account) "
    "DO UPDATE SET sealed = excluded.sealed, checksum = excluded.checksum"
)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ShopCopy:
    shop_id: str
    account: str
    about: Mapping[str, Any]
    """The shop's other fields, in the registry's form."""


@dataclass(frozen=True, slots=True)
class TokenCopy:
    account: str
    sealed: bytes = field(repr=False)
    """The tokens as in Redis: encrypted."""


@dataclass(frozen=True, slots=True)
class Copies:
    shops: tuple[ShopCopy, ...]
    tokens: tuple[TokenCopy, ...]
    bad: tuple[BadEntry, ...]
    """Copies that do not match their checksum."""


async def save(database: Database, shops: Sequence[ShopCopy], tokens: Sequence[TokenCopy]) -> None:
    """Adds or replaces these copies. Raises RecordUnavailable, DamagedStore."""
    rows: list[tuple[str, Sequence[Any]]] = []
    for shop in shops:
        about = orjson.dumps(dict(shop.about), option=orjson.OPT_SORT_KEYS)
        head = (shop.shop_id, shop.account)
        rows.append((PUT_SHOP, (*head, about, checksum("shop_copy", head, about))))
    for each in tokens:
        rows.append((PUT_TOKENS, (each.account, each.sealed, checksum("token_copy", (each.account,), each.sealed))))
    for first in range(0, len(rows), AT_ONCE):
        await database.execute(rows[first : first + AT_ONCE])


async def read(database: Database) -> Copies:
    """Every copy: one per shop and account. Raises RecordUnavailable, DamagedStore."""
    shops, tokens, bad = list[ShopCopy](), list[TokenCopy](), list[BadEntry]()
    for shop_id, account, about, expected in await database.rows(
        "SELECT shop_id, account, about, checksum FROM shop_copies ORDER BY shop_id"
    ):
        if checksum("shop_copy", (shop_id, account), bytes(about)) == bytes(expected):
            shops.append(ShopCopy(shop_id, account, orjson.loads(about)))
        else:
            bad.append(BadEntry(None, str(shop_id), "", "the copy of the shop is damaged"))
    for account, sealed, expected in await database.rows(
        "SELECT account, sealed, checksum FROM token_copies ORDER BY account"
    ):
        if checksum("token_copy", (account,), bytes(sealed)) == bytes(expected):
            tokens.append(TokenCopy(account, bytes(sealed)))
    return Copies(tuple(shops), tuple(tokens), tuple(bad))


async def forget(database: Database, shop_id: str) -> None:
    """Removes a shop's copy, and the tokens that no other shop uses. Raises RecordUnavailable, DamagedStore."""
    unused = "DELETE FROM token_copies WHERE account IN (SELECT account FROM shop_copies WHERE shop_id = ?) AND NOT "
    others = "EXISTS (SELECT 1 FROM shop_copies s WHERE s.account = token_copies.account AND s.shop_id <> ?)"
    await database.execute(
        [(unused + others, (shop_id, shop_id)), ("DELETE FROM shop_copies WHERE shop_id = ?", (shop_id,))]
    )
