"""One command undoes every edit that a cause has let through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from model.job import Job, undo_job_id
from model.job_state import UndoState, state_of
from model.shop import Shop
from producers.cause_undo import count_of_cause, undo_cause
from record.entry import NewEdit, NewEvent
from record.opening import open_record
from record.record import Record
from record.undo_scope import Coverage
from shop_queue.keys import lane_keys
from shop_queue.shop_registry import ShopRegistry

AT = datetime(2026, 11, 24, tzinfo=UTC)
ROW = "decision/MX/mapping/600001>700001/aa"
RULE = "decision/MX/attribute_rule/100>*/bb"


@pytest.fixture
async def record(redis: Redis, tmp_path: Path) -> AsyncIterator[Record]:
    for shop_id, region in (("1", "MX"), ("2", "MX"), ("3", "US")):
        await ShopRegistry(redis).add(Shop(shop_id, "ROW_x", region, shop_id))
    record = open_record("", tmp_path)
    yield record
    await record.close()


async def edited(
    record: Record, shop_id: str, product_id: str, *levels: str, at: int = 0, look: str = "", outcome: str = "in_audit"
) -> None:
    market = "US" if shop_id == "3" else "MX"
    keys = [f"release/1/{market}", f"market/{market}", *levels, f"leaf/{market}/700001"]
    before = {"id": product_id, "title": "A jar", "description": "<p>x</p>", "category_chains": [{"id": "600001"}]}
    edit = NewEdit(
        AT + timedelta(minutes=at), shop_id, product_id, "relist", "run", "mapping", {"category_id": "700001"}, before,
        levels[0] if levels else "", {"rollout": keys}, "", "", 1,
    )  # fmt: skip
    number = await record.append(edit)
    await record.append_event(NewEvent(number, edit.at, "answered", {"outcome": outcome}))
    if look:
        await record.append_event(NewEvent(number, edit.at, "read_back", {"result": look}))


async def undone(redis: Redis, record: Record, cause: str) -> tuple[set[str], list[Job]]:
    done = await undo_cause(redis, record, cause, Coverage())
    jobs = []
    for shop_id in "123":
        for job_id, payload in (await redis.hgetall(lane_keys(shop_id).jobs)).items():  # type: ignore[misc]
            jobs.append(Job.load(shop_id, job_id.decode(), payload))
    assert {job.run_id for job in jobs} <= {done.run_id}
    assert done.enqueued == len(jobs)
    assert sum((await record.counts(run_id=done.run_id)).values()) == len(jobs), "members of the run from its start"
    return {f"{job.shop_id}/{job.product_id}" for job in jobs}, jobs


async def test_a_decision_is_found_also_where_it_is_not_the_first(redis: Redis, record: Record) -> None:
    await edited(record, "1", "11", ROW)
    await edited(record, "1", "12", ROW, RULE)
    await edited(record, "2", "21", RULE)
    await edited(record, "2", "22")
    await edited(record, "2", "23", ROW, outcome="relisted")
    assert (await count_of_cause(redis, record, ROW)).changed == 3
    products, jobs = await undone(redis, record, RULE)
    assert products == {"1/12", "2/21"}
    assert all(job.kind == "undo" and not state_of(job.state, UndoState).damaged_field for job in jobs)
    assert jobs[0].id == undo_job_id(jobs[0].product_id)


async def test_a_decision_is_undone_in_all_markets(redis: Redis, record: Record) -> None:
    """Also in entries of an earlier release, which name it in their market only."""
    shared = ROW.replace("/MX/", "/*/")
    await edited(record, "1", "11", shared, ROW)
    await edited(record, "2", "21", RULE, ROW)
    await edited(record, "2", "22", RULE)
    await edited(record, "3", "31", ROW.replace("/MX/", "/US/"))
    assert (await count_of_cause(redis, record, shared)).changed == 3
    assert (await undone(redis, record, shared))[0] == {"1/11", "2/21", "3/31"}


async def test_a_market_is_undone_in_its_shops_only(redis: Redis, record: Record) -> None:
    await edited(record, "1", "11", ROW)
    await edited(record, "3", "31")
    assert (await undone(redis, record, "market/MX"))[0] == {"1/11"}


async def test_a_field_goes_back_in_the_edits_after_the_last_clean_one(redis: Redis, record: Record) -> None:
    await edited(record, "1", "11", at=1)
    await edited(record, "1", "12", at=2, look="clean")
    await edited(record, "1", "13", at=3, look="damaged")
    await edited(record, "2", "21", at=4)
    products, jobs = await undone(redis, record, "field/description")
    assert products == {"1/13", "2/21"}
    assert {state_of(job.state, UndoState).damaged_field for job in jobs} == {"description"}


async def test_a_cause_without_edits_enqueues_nothing(redis: Redis, record: Record) -> None:
    await edited(record, "1", "11", ROW)
    done = await undo_cause(redis, record, RULE, Coverage())
    assert replace(done, enqueued=0).run_id == ""
    assert await record.runs() == []
