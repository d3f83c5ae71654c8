"""A product goes back to its before-image, and what the seller has added meanwhile stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

import worker.jobs.edit
from model.job import Job
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Done

UNDO = Job(SHOP_ID, "undo:1", "undo", product=product("1", title="As it was before, of glass"))


def colour(value_id: str, name: str) -> dict[str, str]:
    return {"id": "100089", "name": "Colour", "value_id": value_id, "value_name": name}


async def test_the_before_image_is_put_back(desk: Desk) -> None:
    desk.platform.add(product("1", title="As we had edited it, of glass"))
    done = await desk.run(UNDO)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.category_id) == ("in_audit", LEAF)
    assert [edit["title"] for edit in desk.platform.edits] == ["As it was before, of glass"]


async def test_a_variant_added_while_the_undo_waited_for_its_turn_is_not_deleted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = {"id": "19", "seller_sku": "jar-red", "price": {"amount": "1"}, "sales_attributes": [colour("1", "Red")]}
    desk.platform.add(product("1", skus=[red]))
    ages = iter([10.0, 0.0, 0.0])
    monkeypatch.setattr(worker.jobs.edit.Read, "is_fresh", property(lambda _: next(ages) < 5))
    new = {"id": "77", "seller_sku": "jar-blue", "price": {"amount": "2"}, "sales_attributes": [colour("2", "Blue")]}
    desk.platform.after["get"] = [lambda: desk.platform.products["1"]["skus"].append(new)]
    await desk.run(replace(UNDO, product=product("1", skus=[red])))
    assert [[sku["id"] for sku in edit["skus"]] for edit in desk.platform.edits] == [["19", "77"]]


async def test_what_can_not_come_back_is_told(desk: Desk) -> None:
    desk.platform.add(product("1", skus=[{"id": "50", "seller_sku": "other"}]))
    done = await desk.run(UNDO)
    assert isinstance(done, Done)
    assert any("was deleted since" in warning for warning in done.outcome.warnings)
