"""A run is shown, reported and undone by machines that never worked on it, after its own worker is gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest

from demo.local_fleet import LocalFleet, running_fleet
from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.conservation import until_done
from tests.support.postgres_server import PostgresServer

SIZE = ("--shops", "2", "--products", "80", "--audit-seconds", "0.2", "0.4", "--set", "audit_reject_share=0")


def here(machine: Path) -> dict[str, str]:
    return {"RELIST_JOURNAL_DIR": str(machine)}


async def outcomes(fleet: LocalFleet) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]


async def output(fleet: LocalFleet, machine: Path, *command: str) -> Any:
    ended = await fleet.command(*command, environment=here(machine))
    assert ended.code == 0, f"{command}: {ended.err}"
    return json.loads(ended.out)


@pytest.mark.slow
async def test_a_run_is_undone_by_a_machine_that_never_worked_on_it(tmp_path: Path) -> None:
    with PostgresServer() as server:
        async with running_fleet(0, *SIZE, audit_poll_seconds="1", record_url=server.database()) as fleet:
            first, second, desk = (tmp_path / name for name in ("first", "second", "desk"))
            worker = await fleet.start_worker(environment=here(first))
            shops = [shop.shop_id for shop in await ShopRegistry(fleet.redis).all()]
            searches = [Job(shop_id, "search:spring", "search", run_id="spring") for shop_id in shops]
            await LaneProducer(fleet.redis).enqueue(EnqueueRequest(job) for job in searches)
            await until_done(fleet)
            await worker.kill()
            shutil.rmtree(first, ignore_errors=True)
            moved = (await fleet.books())["total"]["moved"]
            assert moved > 40

            report = await output(fleet, desk, "report", "--run", "spring", "--format", "json")
            accepted = {line["product_id"] for line in report["products"] if line["result"] == "moved"}
            assert len(accepted) == moved
            product = min(accepted)
            shop_id = next(line["shop_id"] for line in report["products"] if line["product_id"] == product)
            history = await output(fleet, desk, "history", shop_id, product, "--json")
            assert [edit["run_id"] for edit in history["edits"]] == ["spring"]

            check = await fleet.command("undo", "--run", "spring", "--check", "--json", environment=here(desk))
            *previews, coverage = map(json.loads, check.out.splitlines())
            assert {each["product_id"] for each in previews} == accepted
            assert coverage["restored"] + coverage["nothing_to_restore"] == coverage["changed"] == moved
            undone = await output(fleet, desk, "undo", "--run", "spring", "--yes", "--json")
            assert undone["enqueued"] == moved
            assert undone["unreadable"] == undone["unanswered"] == 0
            await fleet.start_worker(environment=here(second))
            await until_done(fleet)
            ended = {each["product_id"] for each in await outcomes(fleet) if each["run_id"] == undone["run_id"]}
            assert ended == accepted
            total = (await fleet.books())["total"]
            assert (total["damaged"], total["seller_changes_lost"]) == (0, 0)
            assert not any(second.glob("record*")), "the machine keeps no record"
