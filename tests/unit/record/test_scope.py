from __future__ import annotations

import pytest

from record.scope import Scope, page
from tests.support.record_entries import NOON


@pytest.mark.parametrize(
    ("scope", "order"),
    [
        (Scope(), ("at", "id")),
        (Scope("1"), ("product_id", "id")),
        (Scope("1", "2"), ("id",)),
        (Scope(run_id="r"), ("shop_id", "product_id", "id")),
        (Scope("1", run_id="r"), ("product_id", "id")),
        (Scope("1", "2", run_id="r"), ("id",)),
        (Scope(decision="d"), ("shop_id", "product_id", "id")),
    ],
)
def test_each_scope_pages_in_the_order_of_an_index(scope: Scope, order: tuple[str, ...]) -> None:
    assert page(scope, None).order == order


def test_a_page_starts_behind_the_last_one() -> None:
    query = page(Scope(run_id="r", since=NOON), ("1", "2", 3))
    assert query.where == "run_id = ? AND at >= ? AND (shop_id, product_id, id) > (?, ?, ?)"
    assert query.parameters[0] == "r"
    assert query.parameters[2:] == ("1", "2", 3)
    assert "OFFSET" not in query.sql("id")


def test_newest_first_turns_the_page_around() -> None:
    query = page(Scope(newest_first=True), (5, 3))
    assert "(at, id) < (?, ?) ORDER BY at DESC, id DESC" in query.sql("id")


def test_a_product_without_its_shop_is_refused() -> None:
    with pytest.raises(ValueError, match="with its shop"):
        Scope(product_id="2")
