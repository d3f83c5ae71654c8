"""Copies of shops and tokens are read back, replaced, checked and removed, on each backend."""

from __future__ import annotations

from record.copies import ShopCopy, TokenCopy, forget, read, save
from record.record import Record

ABOUT = {"cipher": "ROW_1", "region": "US", "account": "a", "name": "Küche"}


async def test_copies_are_replaced_by_newer_ones(record: Record) -> None:
    await record.upgrade()
    await save(record.database, [ShopCopy("1", "a", ABOUT)], [TokenCopy("a", b"\x00old")])
    await save(record.database, [ShopCopy("1", "a", {**ABOUT, "name": "Bad"})], [TokenCopy("a", b"\x00new")])
    found = await read(record.database)
    assert [(each.shop_id, each.about["name"]) for each in found.shops] == [("1", "Bad")]
    assert [each.sealed for each in found.tokens] == [b"\x00new"]
    assert found.bad == ()


async def test_forgotten_shop_takes_tokens_along_that_no_other_shop_uses(record: Record) -> None:
    await record.upgrade()
    shops = [ShopCopy("1", "a", ABOUT), ShopCopy("2", "a", ABOUT), ShopCopy("3", "b", ABOUT)]
    await save(record.database, shops, [TokenCopy("a", b"a"), TokenCopy("b", b"b")])
    await forget(record.database, "1")
    assert [each.account for each in (await read(record.database)).tokens] == ["a", "b"]
    await record.erase_shop("2")
    await forget(record.database, "3")
    found = await read(record.database)
    assert (found.shops, found.tokens) == ((), ())


async def test_damaged_copy_is_named_and_not_used(record: Record) -> None:
    await record.upgrade()
    await save(record.database, [ShopCopy("1", "a", ABOUT), ShopCopy("2", "a", ABOUT)], [TokenCopy("a", b"a")])
    await record.database.execute(
        [
            ("UPDATE shop_copies SET about = ? WHERE shop_id = '1'", (b'{"cipher": "ROW_2"}',)),
            ("UPDATE token_copies SET sealed = ?", (b"b",)),
        ]
    )
    found = await read(record.database)
    assert [each.shop_id for each in found.shops] == ["2"]
    assert [each.shop_id for each in found.bad] == ["1"]
    assert found.tokens == ()
