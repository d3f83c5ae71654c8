"""Products are found by title, SKU, state, reason, run and shop, page by page, on each backend."""

from __future__ import annotations

import pytest

from record.finding import ProductFilter
from record.record import Record
from record.state import StateChange
from tests.support.record_entries import NOON, an_edit

SHOP, OTHER_SHOP = "7494000000000000001", "7494000000000000002"
LINEN, WOOL, PERCENT = "1729000000000000001", "1729000000000000002", "1729000000000000003"


@pytest.fixture
async def filled(record: Record) -> Record:
    for shop_id, product_id, title, sku in (
        (SHOP, LINEN, "Linen Shirt", "LS-1"),
        (SHOP, WOOL, "Wool Shirt", "WS_2"),
        (OTHER_SHOP, PERCENT, "100% Größe!", "X"),
    ):
        before = {"id": product_id, "title": title, "skus": [{"seller_sku": sku}]}
        await record.append(an_edit(product_id, shop_id=shop_id, before=before, run_id="spring"))
    await record.set_states(
        [
            StateChange(NOON, SHOP, LINEN, "relisted", "", "spring"),
            StateChange(NOON, SHOP, WOOL, "needs_input", "Material is required.", "spring"),
            StateChange(NOON, OTHER_SHOP, PERCENT, "rejected", "The shirt is not allowed.", "spring"),
        ]
    )
    return record


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ProductFilter("linen"), [LINEN]),
        (ProductFilter("SHIRT"), [LINEN, WOOL, PERCENT]),
        (ProductFilter("ls-1"), [LINEN]),
        (ProductFilter("s_2"), [WOOL]),
        (ProductFilter("s_1"), []),
        (ProductFilter("0% g"), [PERCENT]),
        (ProductFilter("größe!"), [PERCENT]),
        (ProductFilter("material IS"), [WOOL]),
        (ProductFilter("shirt", state="rejected"), [PERCENT]),
        (ProductFilter("shirt", (SHOP,)), [LINEN, WOOL]),
        (ProductFilter("shirt", run_id="spring"), [LINEN, WOOL, PERCENT]),
        (ProductFilter("shirt", run_id="autumn"), []),
        (ProductFilter(state="needs_input"), [WOOL]),
        (ProductFilter(shop_ids=(SHOP, OTHER_SHOP), product_id=PERCENT), [PERCENT]),
        (ProductFilter("shirt", after=(SHOP, LINEN)), [WOOL, PERCENT]),
        (ProductFilter(after=(SHOP, WOOL)), [PERCENT]),
    ],
)
async def test_products_that_match_are_found(filled: Record, wanted: ProductFilter, found: list[str]) -> None:
    assert [each.product_id for each in await filled.find(wanted, 10)] == found


async def test_a_page_has_the_first_products_of_titles_and_reasons_together(filled: Record) -> None:
    (first,) = await filled.find(ProductFilter("shirt"), 1)
    assert (first.product_id, first.title, first.state) == (LINEN, "Linen Shirt", "relisted")
    rest = await filled.find(ProductFilter("shirt", after=(first.shop_id, first.product_id)), 2)
    assert [each.product_id for each in rest] == [WOOL, PERCENT]
