"""Obstacles are found before the edit: frozen products, brands, outdated plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from catalogue.cache import BRAND_PAGES
from model.job import Job
from model.job_state import RelistState, load_plan
from record.plans import plan_key
from relisting.validate.codes import Code
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.recorded_edit import recorded_undo
from tests.support.tiny_platform import LEAF, OTHER_LEAF, Refused, product
from worker.engine.results import Done

JOB = Job(SHOP_ID, "1")
BRAND = {"id": "700", "name": "Jarworks", "authorized_status": "UNAUTHORIZED", "is_t1_brand": False}
BRANDED = product("1", brand={"id": "700", "name": "Jarworks"})
OFF_TREE = [{"id": "999999", "parent_id": "0", "local_name": "Old jars", "is_leaf": True}]


async def outcome(runner: JobRunner, job: Job = JOB) -> tuple[str, list[str]]:
    """The outcome's name and the codes of its reasons."""
    done = await runner.run(job)
    assert isinstance(done, Done), done
    return done.outcome.outcome, [reason.code for reason in done.outcome.reasons]


async def test_an_unknown_field_stops_an_edit_and_an_undo(runner: JobRunner) -> None:
    runner.platform.add(product("1", brand_new_field={"x": 1}))
    assert await outcome(runner) == ("needs_input", ["unknown_fields"])
    undo = await recorded_undo(runner.record, SHOP_ID, product("1", brand_new_field={"x": 1}))
    assert await outcome(runner, undo) == ("needs_input", ["unknown_fields"])
    assert runner.platform.edits == []


async def test_a_plan_names_the_fields_that_the_rollout_checks(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1"))
    await runner.run(replace(JOB, dry_run=True, run_id="planned"))
    ((_, line),) = await redis.xrange(plan_key("planned"))
    fields = orjson.loads(line[b"product"])["fields"]
    assert {"title", "description", "product_attributes", "skus.seller_sku"} <= set(fields)
    assert fields == sorted(fields)


async def test_a_brand_of_the_catalogue_is_kept(runner: JobRunner) -> None:
    runner.platform.brands = [BRAND]
    runner.platform.add(BRANDED)
    assert (await outcome(runner))[0] == "in_audit"
    assert runner.platform.edits[0]["brand_id"] == "700"


async def test_brand_is_asked_for_by_name_first(
    runner: JobRunner,
) -> None:
    others = [{**BRAND, "id": str(n), "name": f"Brand {n}"} for n in range(10_000, 12_000)]
    runner.platform.brands = [*others, {**BRAND, "is_t1_brand": True}]
    runner.platform.add(BRANDED, product("2", brand={"id": "700", "name": "Jarworks"}), product("3"))
    assert (await outcome(runner))[0] == "needs_input", "a protected brand without authorization"
    of_the_leaf, of_the_shop = 1, 1
    assert runner.platform.calls["brands"] == of_the_leaf + of_the_shop
    assert (await outcome(runner, Job(SHOP_ID, "2")))[0] == "needs_input"
    assert (await outcome(runner, Job(SHOP_ID, "3")))[0] == "in_audit"
    assert runner.platform.calls["brands"] == of_the_leaf + of_the_shop


async def test_a_brand_id_without_a_name_is_found_page_by_page(
    runner: JobRunner,
) -> None:
    others = [{**BRAND, "id": str(n), "name": f"Brand {n}"} for n in range(10_000, 13_000)]
    runner.platform.brands = [*others[:1_500], BRAND, *others[1_500:]]
    runner.platform.add(product("1"))
    assert (await outcome(runner, replace(JOB, brand_id="700")))[0] == "in_audit"
    assert runner.platform.calls["brands"] == BRAND_PAGES + 16
    assert runner.platform.edits[0]["brand_id"] == "700"


async def test_a_product_without_a_brand_needs_no_brand_call(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    assert (await outcome(runner))[0] == "in_audit"
    assert runner.platform.calls["brands"] == 0


async def test_a_custom_brand_is_kept_and_fetched_once(runner: JobRunner) -> None:
    runner.platform.own_brands = [BRAND]
    runner.platform.add(BRANDED, product("2", brand={"id": "700", "name": "Jarworks"}))
    assert (await outcome(runner))[0] == "in_audit"
    calls = runner.platform.calls["brands"]
    assert (await outcome(runner, Job(SHOP_ID, "2")))[0] == "in_audit"
    assert runner.platform.calls["brands"] == calls
    assert [edit["brand_id"] for edit in runner.platform.edits] == ["700", "700"]


async def test_an_unknown_brand_needs_input(runner: JobRunner) -> None:
    runner.platform.add(BRANDED)
    name, codes = await outcome(runner)
    assert name == "needs_input"
    assert len(codes) == 1
    assert runner.platform.edits == []


async def test_a_brand_id_that_does_not_exist_is_never_sent(runner: JobRunner) -> None:
    """A person may mistype an ID. The platform clears the brand of an edit with an unknown one."""
    runner.platform.brands = [BRAND]
    runner.platform.add(BRANDED, product("2", brand={"id": "700", "name": "Jarworks"}))
    assert await outcome(runner, replace(JOB, brand_id="701")) == ("needs_input", [Code.BRAND_UNKNOWN])
    calls = runner.platform.calls["brands"]
    assert await outcome(runner, Job(SHOP_ID, "2", brand_id="701")) == ("needs_input", [Code.BRAND_UNKNOWN])
    assert runner.platform.calls["brands"] == calls
    assert runner.platform.edits == []


async def test_a_custom_brand_is_known_by_its_id_alone(runner: JobRunner) -> None:
    runner.platform.own_brands = [{**BRAND, "id": "702"}]
    runner.platform.add(BRANDED)
    assert (await outcome(runner, replace(JOB, brand_id="702")))[0] == "in_audit"
    assert [edit["brand_id"] for edit in runner.platform.edits] == ["702"]


@pytest.mark.parametrize("authorized", [True, False])
async def test_a_protected_brand_needs_the_shops_authorization(runner: JobRunner, authorized: bool) -> None:
    status = "AUTHORIZED" if authorized else "UNAUTHORIZED"
    runner.platform.brands = [{**BRAND, "is_t1_brand": True, "authorized_status": status}]
    runner.platform.add(BRANDED)
    assert (await outcome(runner))[0] == ("in_audit" if authorized else "needs_input")
    assert len(runner.platform.edits) == authorized


async def test_a_recommendation_is_requested_with_all_known_data(runner: JobRunner) -> None:
    runner.platform.add(product("1", category_chains=OFF_TREE))
    assert (await outcome(runner, replace(JOB, origin_category="Home > Jars")))[0] == "needs_input"
    assert runner.platform.calls["recommend"] == 1
    runner.platform.before["recommend"] = [failing_with(12052999)]
    assert (await outcome(runner))[0] == "needs_input"
    assert runner.platform.calls["recommend"] == 2
    assert runner.platform.recommendations[0]["origin_platform_category"] == {"full_name": "Home > Jars"}


async def test_a_recommendation_is_requested_with_the_sellers_own_data(runner: JobRunner) -> None:
    category = {"id": "gid://1", "name": "Jars", "full_name": "Home > Jars", "is_leaf": True, "is_root": False}
    origin = {
        "category": category,
        "product_type": "Jar",
        "vendor": "Acme",
        "tags": ["kitchen", "glass"],
        "attributes": [{"name": "Colour", "values": ["Red"]}],
    }
    runner.platform.add(product("1", category_chains=OFF_TREE))
    await outcome(runner, replace(JOB, origin=origin))
    (asked,) = runner.platform.recommendations
    assert {name: value for name, value in asked.items() if name.startswith("origin_")} == {
        "origin_platform_category": category,
        "origin_platform_product_type": "Jar",
        "origin_platform_vendor": "Acme",
        "origin_platform_tags": ["kitchen", "glass"],
        "origin_platform_product_meta_data": {"attribute_value_list": [{"name": "Colour", "values": ["Red"]}]},
    }


async def test_a_complete_v2_product_is_never_edited(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.on_v1.clear()
    for _ in range(2):
        assert await outcome(runner) == ("already_v2", [])
    assert runner.platform.edits == []


async def test_a_v1_product_with_the_same_leaf_is_edited(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    assert (await outcome(runner))[0] == "in_audit"
    assert runner.platform.calls["search"] == 1


async def test_a_v1_search_hit_is_checked_only_after_a_failure(
    runner: JobRunner,
) -> None:
    runner.platform.add(product("1"))
    found = replace(JOB, state=RelistState(on_v1=True))
    assert not found.has_hints
    assert (await outcome(runner, found))[0] == "in_audit"
    assert runner.platform.calls["search"] == 0
    # The previous attempt's edit may have arrived although its response was lost.
    runner.platform.approve("1")
    assert (await outcome(runner, replace(found, attempts=1)))[0] == "in_audit", "its audit is followed"
    assert len(runner.platform.edits) == 1


async def test_an_answer_is_applied_to_a_v2_product(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.on_v1.clear()
    answered = replace(JOB, attributes=({"id": "100", "values": [{"id": "2"}]},))
    assert (await outcome(runner, answered))[0] == "in_audit"
    assert runner.platform.calls["search"] == 0


def failing_with(code: int) -> Any:
    def happen() -> None:
        raise Refused(code, "no")

    return happen


async def planned(runner: JobRunner, redis: Redis, job: Job) -> dict[str, Any]:
    """The line of the plan file for a dry run."""
    await runner.run(job)
    entries = await redis.xrange(plan_key(job.run_id))
    line: dict[str, Any] = orjson.loads(entries[-1][1][b"product"])
    return line


async def test_a_plan_is_applied_unchanged_or_not_at_all(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1"))
    line = await planned(runner, redis, replace(JOB, dry_run=True, run_id="plan", origin_category="Home > Jars"))
    assert (line["ready"], line["category_id"], line["origin_category"]) == (True, LEAF, "Home > Jars")
    apply = replace(JOB, state=RelistState(plan=load_plan(line["plan"])))
    runner.platform.products["1"]["title"] = "Another title, of glass"
    assert await outcome(runner, apply) == ("needs_input", ["changed_since_plan"])
    runner.platform.products["1"] = product("1")
    assert await outcome(runner, replace(apply, category_id=OTHER_LEAF)) == ("needs_input", ["plan_outdated"])
    assert runner.platform.edits == []
    assert (await outcome(runner, apply))[0] == "in_audit"


async def test_a_plan_file_lists_products_that_need_input(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1", product_attributes=[]))
    line = await planned(runner, redis, replace(JOB, dry_run=True, run_id="plan"))
    assert (line["ready"], [reason["attribute_id"] for reason in line["reasons"]]) == (False, ["100"])


async def test_a_catalogue_that_keeps_changing_needs_input(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.before["edit"] = [failing_with(12052104)] * 4
    name, codes = await outcome(runner)
    assert name in ("needs_input", "failed")
    assert codes == ["12052104"]
    assert runner.platform.calls["edit"] == 2
