"""The undo job restores the before-image and keeps what the seller has added since."""

from __future__ import annotations

from dataclasses import replace

import pytest

import worker.jobs.edit
from model.job import Job
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Done

UNDO = Job(SHOP_ID, "undo:1", "undo", product=product("1", title="As it was before, of glass"))


def colour(value_id: str, name: str) -> dict[str, str]:
    return {"id": "100089", "name": "Colour", "value_id": value_id, "value_name": name}


async def test_the_before_image_is_restored(runner: JobRunner) -> None:
    runner.platform.add(product("1", title="As we had edited it, of glass"))
    done = await runner.run(UNDO)
    assert isinstance(done, Done)
    assert (done.outcome.outcome, done.outcome.category_id) == ("in_audit", LEAF)
    assert [edit["title"] for edit in runner.platform.edits] == ["As it was before, of glass"]


async def test_a_sku_added_while_the_undo_waits_is_kept(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    red = {"id": "19", "seller_sku": "jar-red", "price": {"amount": "1"}, "sales_attributes": [colour("1", "Red")]}
    runner.platform.add(product("1", skus=[red]))
    ages = iter([10.0, 0.0, 0.0])
    monkeypatch.setattr(worker.jobs.edit.ProductRead, "is_fresh", property(lambda _: next(ages) < 5))
    new = {"id": "77", "seller_sku": "jar-blue", "price": {"amount": "2"}, "sales_attributes": [colour("2", "Blue")]}
    runner.platform.after["get"] = [lambda: runner.platform.products["1"]["skus"].append(new)]
    await runner.run(replace(UNDO, product=product("1", skus=[red])))
    assert [[sku["id"] for sku in edit["skus"]] for edit in runner.platform.edits] == [["19", "77"]]


async def test_parts_that_cannot_be_restored_are_warnings(runner: JobRunner) -> None:
    runner.platform.add(product("1", skus=[{"id": "50", "seller_sku": "other"}]))
    done = await runner.run(UNDO)
    assert isinstance(done, Done)
    assert any("was deleted since" in warning for warning in done.outcome.warnings)
