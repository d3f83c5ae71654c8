"""What stands between a product and its edit is found before the edit: frozen products, brands, a plan that is old."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from catalogue.cache import BRAND_PAGES
from model.job import ON_V1, Job
from record.plans import plan_key
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.tiny_platform import LEAF, OTHER_LEAF, Refused, product
from worker.engine.results import Done

JOB = Job(SHOP_ID, "1")
BRAND = {"id": "700", "name": "Jarworks", "authorized_status": "UNAUTHORIZED", "is_t1_brand": False}
BRANDED = product("1", brand={"id": "700", "name": "Jarworks"})
OFF_TREE = [{"id": "999999", "parent_id": "0", "local_name": "Old jars", "is_leaf": True}]


async def outcome(desk: Desk, job: Job = JOB) -> tuple[str, list[str]]:
    """The outcome's name and the codes of its reasons."""
    done = await desk.run(job)
    assert isinstance(done, Done), done
    return done.outcome.outcome, [reason.code for reason in done.outcome.reasons]


@pytest.mark.parametrize("status", ["FREEZE", "DELETED"])
@pytest.mark.parametrize("kind", ["relist", "undo"])
async def test_a_product_the_platform_lets_nobody_edit_is_told_as_that(desk: Desk, status: str, kind: str) -> None:
    desk.platform.add(product("1", status=status))
    job = JOB if kind == "relist" else Job(SHOP_ID, "undo:1", "undo", product=product("1"))
    assert await outcome(desk, job) == ("needs_input", ["product_frozen"])
    assert desk.platform.edits == []


async def test_a_field_nobody_knows_stops_an_edit_and_an_undo(desk: Desk) -> None:
    desk.platform.add(product("1", brand_new_field={"x": 1}))
    assert await outcome(desk) == ("needs_input", ["unknown_fields"])
    undo = Job(SHOP_ID, "undo:1", "undo", product=product("1", brand_new_field={"x": 1}))
    assert await outcome(desk, undo) == ("needs_input", ["unknown_fields"])
    assert desk.platform.edits == []


async def test_an_undo_that_the_rules_of_today_refuse_is_told(desk: Desk) -> None:
    desk.platform.add(product("1"))
    undo = Job(SHOP_ID, "undo:1", "undo", product=product("1", product_attributes=[]))
    assert (await outcome(desk, undo))[0] == "needs_input"
    assert desk.platform.edits == []


async def test_a_brand_of_the_catalogue_is_kept(desk: Desk) -> None:
    desk.platform.brands = [BRAND]
    desk.platform.add(BRANDED)
    assert (await outcome(desk))[0] == "in_audit"
    assert desk.platform.edits[0]["brand_id"] == "700"


async def test_of_a_leafs_thousands_of_brands_only_the_first_are_read_and_others_asked_for_by_name(desk: Desk) -> None:
    others = [{**BRAND, "id": str(n), "name": f"Brand {n}"} for n in range(10_000, 12_000)]
    desk.platform.brands = [*others, {**BRAND, "is_t1_brand": True}]
    desk.platform.add(BRANDED, product("2", brand={"id": "700", "name": "Jarworks"}), product("3"))
    assert (await outcome(desk))[0] == "needs_input", "it is protected, and the shop is not authorised"
    by_name, authorized = 1, 21
    assert desk.platform.calls["brands"] == BRAND_PAGES + by_name + authorized
    assert (await outcome(desk, Job(SHOP_ID, "2")))[0] == "needs_input"
    assert (await outcome(desk, Job(SHOP_ID, "3")))[0] == "in_audit"
    assert desk.platform.calls["brands"] == BRAND_PAGES + by_name + authorized


async def test_a_brand_given_by_its_id_alone_is_looked_for_page_by_page_up_to_where_it_stands(desk: Desk) -> None:
    others = [{**BRAND, "id": str(n), "name": f"Brand {n}"} for n in range(10_000, 13_000)]
    desk.platform.brands = [*others[:1_500], BRAND, *others[1_500:]]
    desk.platform.add(product("1"))
    assert (await outcome(desk, replace(JOB, brand_id="700")))[0] == "in_audit"
    assert desk.platform.calls["brands"] == BRAND_PAGES + 16
    assert desk.platform.edits[0]["brand_id"] == "700"


async def test_a_product_without_a_brand_costs_no_question_about_brands(desk: Desk) -> None:
    desk.platform.add(product("1"))
    assert (await outcome(desk))[0] == "in_audit"
    assert desk.platform.calls["brands"] == 0


async def test_a_brand_of_the_shops_own_making_is_kept_and_asked_for_once(desk: Desk) -> None:
    desk.platform.own_brands = [BRAND]
    desk.platform.add(BRANDED, product("2", brand={"id": "700", "name": "Jarworks"}))
    assert (await outcome(desk))[0] == "in_audit"
    calls = desk.platform.calls["brands"]
    assert (await outcome(desk, Job(SHOP_ID, "2")))[0] == "in_audit"
    assert desk.platform.calls["brands"] == calls
    assert [edit["brand_id"] for edit in desk.platform.edits] == ["700", "700"]


async def test_a_brand_nobody_knows_any_more_needs_somebody(desk: Desk) -> None:
    desk.platform.add(BRANDED)
    told, codes = await outcome(desk)
    assert told == "needs_input"
    assert len(codes) == 1
    assert desk.platform.edits == []


@pytest.mark.parametrize("authorized", [True, False])
async def test_a_protected_brand_needs_the_shops_own_authorisation(desk: Desk, authorized: bool) -> None:
    status = "AUTHORIZED" if authorized else "UNAUTHORIZED"
    desk.platform.brands = [{**BRAND, "is_t1_brand": True, "authorized_status": status}]
    desk.platform.add(BRANDED)
    assert (await outcome(desk))[0] == ("in_audit" if authorized else "needs_input")
    assert len(desk.platform.edits) == authorized


async def test_without_a_leaf_of_its_own_the_platform_is_asked_with_all_there_is(desk: Desk) -> None:
    desk.platform.add(product("1", category_chains=OFF_TREE))
    assert (await outcome(desk, replace(JOB, origin_category="Home > Jars")))[0] == "needs_input"
    assert desk.platform.calls["recommend"] == 1
    desk.platform.before["recommend"] = [refusing(12052999)]
    assert (await outcome(desk))[0] == "needs_input"
    assert desk.platform.calls["recommend"] == 2


async def test_a_product_that_is_on_v2_and_complete_is_left_alone_however_often_it_is_fed(desk: Desk) -> None:
    desk.platform.add(product("1"))
    desk.platform.on_v1.clear()
    for _ in range(2):
        assert await outcome(desk) == ("already_v2", [])
    assert desk.platform.edits == []


async def test_a_product_on_v1_under_the_same_leaf_is_edited_though_nothing_else_changes(desk: Desk) -> None:
    desk.platform.add(product("1"))
    assert (await outcome(desk))[0] == "in_audit"
    assert desk.platform.calls["search"] == 1


async def test_what_a_search_has_found_on_v1_is_not_asked_for_again_unless_an_attempt_has_failed(desk: Desk) -> None:
    desk.platform.add(product("1"))
    found = replace(JOB, state={ON_V1: True})
    assert not found.has_hints
    assert (await outcome(desk, found))[0] == "in_audit"
    assert desk.platform.calls["search"] == 0
    # The edit of the attempt before may have been done, though nobody heard so.
    assert await outcome(desk, replace(found, attempts=1)) == ("already_v2", [])
    assert len(desk.platform.edits) == 1


async def test_an_answer_a_person_gave_is_edited_in_on_v2_too(desk: Desk) -> None:
    desk.platform.add(product("1"))
    desk.platform.on_v1.clear()
    answered = replace(JOB, attributes=({"id": "100", "values": [{"id": "2"}]},))
    assert (await outcome(desk, answered))[0] == "in_audit"
    assert desk.platform.calls["search"] == 0


def refusing(code: int) -> Any:
    def happen() -> None:
        raise Refused(code, "no")

    return happen


async def planned(desk: Desk, redis: Redis, job: Job) -> dict[str, Any]:
    """The plan file's line of a dry run."""
    await desk.run(job)
    entries = await redis.xrange(plan_key(job.run_id))
    line: dict[str, Any] = orjson.loads(entries[-1][1][b"product"])
    return line


async def test_a_plan_is_carried_out_as_it_was_made_or_not_at_all(desk: Desk, redis: Redis) -> None:
    desk.platform.add(product("1"))
    line = await planned(desk, redis, replace(JOB, dry_run=True, run_id="plan", origin_category="Home > Jars"))
    assert (line["ready"], line["category_id"], line["origin_category"]) == (True, LEAF, "Home > Jars")
    apply = replace(JOB, state={"plan": line["plan"]})
    desk.platform.products["1"]["title"] = "Another title, of glass, that somebody gave"
    assert await outcome(desk, apply) == ("needs_input", ["changed_since_plan"])
    desk.platform.products["1"] = product("1")
    assert await outcome(desk, replace(apply, category_id=OTHER_LEAF)) == ("needs_input", ["plan_outdated"])
    assert desk.platform.edits == []
    assert (await outcome(desk, apply))[0] == "in_audit"


async def test_what_a_plan_can_not_move_is_in_its_file_too(desk: Desk, redis: Redis) -> None:
    desk.platform.add(product("1", product_attributes=[]))
    line = await planned(desk, redis, replace(JOB, dry_run=True, run_id="plan"))
    assert (line["ready"], [reason["attribute_id"] for reason in line["reasons"]]) == (False, ["100"])


async def test_a_catalogue_that_keeps_changing_is_the_products_problem_at_last(desk: Desk) -> None:
    desk.platform.add(product("1"))
    desk.platform.before["edit"] = [refusing(12052104)] * 4
    told, codes = await outcome(desk)
    assert told in ("needs_input", "failed")
    assert codes == ["12052104"]
    assert desk.platform.calls["edit"] == 2
