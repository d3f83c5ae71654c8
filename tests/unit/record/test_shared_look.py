"""Callers that ask within a short time share a query, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from record.errors import DamagedStore, RecordUnavailable
from record.shared_look import MAX_PRODUCTS, SharedLook

SHOP = "7494000000000000001"


class Products:
    """A database in which these products have entries."""

    def __init__(self, *edited: str, error: Exception | None = None) -> None:
        self.edited, self.error = edited, error
        self.queries: list[list[str]] = []

    async def rows(self, _: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        asked = list(parameters[1::2])
        self.queries.append(asked)
        if self.error is not None:
            raise self.error
        return [(SHOP, product) for product in self.edited if product in asked]


def asking(look: SharedLook, database: Any, *products: str) -> list[asyncio.Task[bool]]:
    return [asyncio.create_task(look.has_entries(database, SHOP, each)) for each in products]


async def test_callers_of_one_time_share_a_query() -> None:
    database, look = Products("2"), SharedLook(0.005)
    assert await asyncio.gather(*asking(look, database, "1", "2", "2", "3")) == [False, True, True, False]
    assert database.queries == [["1", "2", "3"]]
    assert await asyncio.gather(*asking(look, database, "3")) == [False]
    assert database.queries[1:] == [["3"]]


async def test_a_full_query_does_not_wait() -> None:
    products = [str(each) for each in range(MAX_PRODUCTS)]
    async with asyncio.timeout(30):
        found = await asyncio.gather(*asking(SharedLook(3600), Products("7"), *products))
    assert [each for each, has_entries in enumerate(found) if has_entries] == [7]


async def test_a_cancelled_caller_does_not_stop_the_others() -> None:
    first, second = asking(SharedLook(0.005), Products("1"), "1", "1")
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_product_whose_entries_damage_hides_may_have_some() -> None:
    database = Products(error=DamagedStore("a page"))
    assert await asyncio.gather(*asking(SharedLook(0), database, "1", "2")) == [True, True]


async def test_every_caller_learns_that_the_record_is_unavailable() -> None:
    database = Products(error=RecordUnavailable("here", "no answer", "wait"))
    asked = asking(SharedLook(0), database, "1", "2")
    first, second = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, RecordUnavailable)
    assert str(first) == str(second)
    assert first is not second
