"""`relist undo --check` shows for each product what would happen, and sends nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from console.main import main
from shop_queue.keys import lane_keys
from tests.support.job_runner import SHOP_ID, JobRunner, job_runner
from tests.support.recorded_edit import recorded_undo
from tests.support.tiny_platform import OTHER_LEAF, Refused, product

OAK = [{"id": "100", "name": "Material", "values": [{"id": "2", "name": "Oak"}]}]
MOVED = [{"id": OTHER_LEAF, "parent_id": "850000", "local_name": "Boxes", "is_leaf": True}]
V1 = [{"id": "404", "parent_id": "0", "local_name": "Old jars", "is_leaf": True}]
CHANGED: dict[str, Any] = {"product_attributes": OAK, "category_chains": MOVED}


@pytest.fixture
async def runner(redis: Redis, tmp_path: Path) -> AsyncIterator[JobRunner]:
    async with job_runner(redis, tmp_path) as runner:
        yield runner


@pytest.fixture
def relist(runner: JobRunner, redis_url: str) -> Callable[..., Result]:
    environment = {
        "RELIST_REDIS_URL": redis_url,
        "RELIST_APP_KEY": "key",
        "RELIST_APP_SECRET": "secret",
        "RELIST_TOKEN_KEY": "k" * 16,
        "RELIST_API_URL": runner.platform.url,
        "RELIST_AUTH_URL": runner.platform.url,
        "RELIST_JOURNAL_DIR": str(runner.journal_dir),
        "RELIST_RECORD_URL": "",
    }
    return lambda *arguments: CliRunner().invoke(main, arguments, env=environment)


async def recorded(runner: JobRunner) -> None:
    """Records an edit to restore, one changed since, one that left v1, a refused one, and one of a deleted product."""
    for number in ("1", "2", "4", "5"):
        events = (("refused", ""),) if number == "4" else (("answered", "relisted"),)
        await recorded_undo(runner.record, SHOP_ID, product(number), CHANGED, events)  # type: ignore[arg-type]
    await recorded_undo(runner.record, SHOP_ID, product("3", category_chains=V1), {"category_chains": MOVED})
    runner.platform.add(product("1", **CHANGED), product("2", product_attributes=[], category_chains=MOVED))
    runner.platform.add(product("3", category_chains=MOVED), product("4"))


async def test_check_shows_each_product_and_the_coverage(
    runner: JobRunner, relist: Callable[..., Result], redis: Redis
) -> None:
    await recorded(runner)
    ended = await asyncio.to_thread(relist, "undo", "--run", "spring", "--check", "--json")
    assert ended.exit_code == 0, ended.output
    *lines, summary = map(json.loads, ended.stdout.splitlines())
    by_id = {each["product_id"]: each for each in lines}
    assert set(by_id) == {"1", "2", "3", "5"}, "the refused edit changed nothing"
    assert by_id["1"]["restored"] == ["attribute Material", "category"]
    assert (by_id["2"]["restored"], by_id["2"]["kept"]) == (["category"], ["attribute Material"])
    assert (by_id["3"]["restored"], len(by_id["3"]["lost"])) == ([], 1)
    assert "no longer exists" in by_id["5"]["lost"][0]
    counts = {name: summary[name] for name in ("changed", "restored", "kept", "lost", "without_effect")}
    assert counts == {"changed": 4, "restored": 2, "kept": 1, "lost": 2, "without_effect": 1}
    assert runner.platform.edits == []
    assert await redis.hlen(lane_keys(SHOP_ID).jobs) == 0  # type: ignore[misc]


async def test_check_is_readable(runner: JobRunner, relist: Callable[..., Result]) -> None:
    await recorded(runner)
    shown = (await asyncio.to_thread(relist, "undo", "--run", "spring", "--check")).output
    assert f"1 (shop {SHOP_ID}): would restore attribute Material, category" in shown
    assert "changed since the edit, stays: attribute Material" in shown
    assert "cannot be restored: the category Old jars (404) is not on the v2 tree" in shown
    assert "4 products changed: 2 with something to restore" in shown
    assert "1 edit without effect left alone" in shown


async def test_a_check_that_cannot_read_or_finds_nothing_fails(
    runner: JobRunner, relist: Callable[..., Result]
) -> None:
    missing = await asyncio.to_thread(relist, "undo", "--run", "sprng", "--check")
    assert missing.exit_code == 1
    assert "no edit in this scope took effect: `relist runs` lists the runs" in missing.output
    await recorded(runner)

    def refuse() -> None:
        raise Refused(12052220, "the product is locked")

    runner.platform.before["get"] = [refuse, refuse]
    unread = await asyncio.to_thread(relist, "undo", "--run", "spring", "--check")
    assert unread.exit_code == 1
    assert "2 that cannot be read now" in unread.output


async def test_check_does_not_promise_an_attribute_that_the_category_lacks(
    runner: JobRunner, relist: Callable[..., Result]
) -> None:
    """An edit left it out because the new category has no such attribute; an undo would leave it out as well."""
    old = [*product("1")["product_attributes"], {"id": "999", "name": "Old property", "values": [{"name": "Cotton"}]}]
    before = product("1", product_attributes=old)
    await recorded_undo(runner.record, SHOP_ID, before, {"product_attributes": product("1")["product_attributes"]})
    runner.platform.add(product("1"))
    ended = await asyncio.to_thread(relist, "undo", "--run", "spring", "--check", "--json")
    assert ended.exit_code == 0, ended.output
    shown = json.loads(ended.stdout.splitlines()[0])
    assert shown["restored"] == []
    assert shown["lost"] == ["attribute Old property: the new category has no such attribute; left out: Cotton"]


async def test_check_does_not_promise_a_value_that_the_category_no_longer_lists(
    runner: JobRunner, relist: Callable[..., Result]
) -> None:
    """As the undo itself: it leaves the value out, which the platform has refused before."""
    unlisted = [{"id": "100", "name": "Material", "values": [{"id": "9", "name": "Bone"}]}]
    await recorded_undo(runner.record, SHOP_ID, product("1", product_attributes=unlisted), {"product_attributes": []})
    runner.platform.add(product("1", product_attributes=[]))
    ended = await asyncio.to_thread(relist, "undo", "--run", "spring", "--check", "--json")
    assert ended.exit_code == 0, ended.output
    shown = json.loads(ended.stdout.splitlines()[0])
    assert shown["restored"] == []
    assert shown["lost"] == ["attribute Material: Bone is not one of the values of Material"]


async def test_check_of_a_cause_shows_the_values_lost_by_the_platform(
    runner: JobRunner, relist: Callable[..., Result], redis: Redis
) -> None:
    for number in ("1", "2", "3"):
        await recorded_undo(runner.record, SHOP_ID, product(number))
    rewritten = product("2", description="<p>Rewritten by the seller.</p>")
    runner.platform.add(product("1", description=""), rewritten, product("3"))
    await asyncio.to_thread(relist, "rollout", "stop", "field/description")
    ended = await asyncio.to_thread(relist, "rollout", "undo", "field/description", "--check", "--json")
    assert ended.exit_code == 0, ended.output
    *lines, summary = map(json.loads, ended.stdout.splitlines())
    assert {each["product_id"]: each["restored"] for each in lines} == {"1": ["description"], "2": [], "3": []}
    assert (summary["changed"], summary["restored"], summary["nothing_to_restore"]) == (3, 1, 2)
    assert runner.platform.edits == []
    assert await redis.hlen(lane_keys(SHOP_ID).jobs) == 0  # type: ignore[misc]
    shown = (await asyncio.to_thread(relist, "rollout", "undo", "field/description", "--check")).output
    assert "would restore description" in shown
    assert "3 products changed: 1 with something to restore" in shown
