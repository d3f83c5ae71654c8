"""Products as in real shops: deleted, frozen, drafts, legacy values, closed categories, undocumented refusals."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

import catalogue.cache
from catalogue.habits import ObservedHabits
from catalogue.refusals import RefusalStore
from model.blocked_product import BlockedProduct
from model.job import Job
from relisting.refusals import MAX_TRIES
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.recorded_edit import recorded_undo
from tests.support.tiny_platform import LEAF, MATERIAL, OTHER_LEAF, Refused, product
from worker.engine.results import Continue, Done, Wait

JOB = Job(SHOP_ID, "1")
MADE_OF_OAK = {"product_attributes": [{"id": "100", "name": "Material", "values": [{"id": "2", "name": "Oak"}]}]}
BRAND = {"id": "700", "name": "Jarworks", "authorized_status": "UNAUTHORIZED", "is_t1_brand": True}
BRANDED = product("1", brand={"id": "700", "name": "Jarworks"})


async def outcome(runner: JobRunner, job: Job = JOB) -> tuple[str, list[str]]:
    """The outcome's name and the codes of its reasons."""
    done = await runner.run(job)
    assert isinstance(done, Done), done
    return done.outcome.outcome, [reason.code for reason in done.outcome.reasons]


def retried(product_id: str = "1") -> Job:
    """The job of `relist retry`, or of an answer `done`."""
    return BlockedProduct(SHOP_ID, product_id, "needs_input", "", ()).retry()


def refusing(code: int, message: str = "refused") -> Any:
    def happen() -> None:
        raise Refused(code, message)

    return happen


async def job_of(runner: JobRunner, kind: str) -> Job:
    return await recorded_undo(runner.record, SHOP_ID, product("1"), MADE_OF_OAK) if kind == "undo" else JOB


@pytest.mark.parametrize("kind", ["relist", "undo"])
async def test_deleted_product_is_gone(runner: JobRunner, kind: str) -> None:
    job = await job_of(runner, kind)
    runner.platform.add(product("1", status="DELETED"))
    assert await outcome(runner, job) == ("gone", ["product_deleted"])
    assert runner.platform.edits == []


async def found(runner: JobRunner) -> list[str]:
    """Ids for which a search enqueues a job."""
    result = await runner.run(Job(SHOP_ID, "search:r", "search", run_id="r"))
    assert isinstance(result, Done | Continue)
    return [request.job.id for request in result.follow_ups]


async def test_deleted_product_is_not_found_by_the_next_search(runner: JobRunner) -> None:
    runner.platform.add(product("1"), product("2"), product("3", status="DELETED"))
    assert await found(runner) == ["1", "2"], "3 is deleted in its row"
    runner.platform.after["get"] = [lambda: runner.platform.products["1"].update(status="ACTIVATE")]
    runner.platform.products["1"]["status"] = "DELETED"
    assert await outcome(runner) == ("gone", ["product_deleted"])
    assert await found(runner) == ["2"], "1 is deleted only in its detail"
    runner.platform.products["1"]["update_time"] += 1
    assert await found(runner) == ["1", "2"], "1 was recovered"


@pytest.mark.parametrize("kind", ["relist", "undo"])
async def test_frozen_product_waits_and_is_reported_once(runner: JobRunner, kind: str) -> None:
    job = await job_of(runner, kind)
    runner.platform.add(product("1", status="FREEZE", **(MADE_OF_OAK if kind == "undo" else {})))
    first = await runner.run(job)
    assert isinstance(first, Wait)
    assert first.outcome is not None
    assert (first.outcome.outcome, first.outcome.reasons[0].code) == ("waiting", "product_frozen")
    runner.clock.forward(hours=4)
    second = await runner.run(first.job)
    assert isinstance(second, Wait)
    assert second.outcome is None
    assert second.seconds > first.seconds
    runner.platform.products["1"]["status"] = "ACTIVATE"
    assert (await outcome(runner, second.job))[0] == "in_audit"
    assert len(runner.platform.edits) == 1


async def test_a_product_with_a_draft_of_the_seller_waits_until_it_is_gone(runner: JobRunner) -> None:
    runner.platform.add(product("1", has_draft=True))
    first = await runner.run(JOB)
    assert isinstance(first, Wait)
    assert first.outcome is not None
    assert (first.outcome.outcome, first.outcome.reasons[0].code) == ("waiting", "seller_draft")
    assert first.outcome.title == runner.platform.products["1"]["title"], "reports name the product"
    runner.platform.products["1"]["has_draft"] = False
    assert (await outcome(runner, first.job))[0] == "in_audit"


async def test_dry_run_of_a_frozen_product_ends(runner: JobRunner) -> None:
    runner.platform.add(product("1", status="FREEZE"))
    assert await outcome(runner, replace(JOB, dry_run=True)) == ("waiting", ["product_frozen"])


async def test_incomplete_draft_is_saved_as_a_draft(runner: JobRunner) -> None:
    runner.platform.add(product("1", status="DRAFT", product_attributes=[]))
    assert (await outcome(runner))[0] == "relisted"
    assert runner.platform.edits[0]["save_mode"] == "AS_DRAFT"


async def test_a_draft_without_a_description_is_saved_as_it_is(runner: JobRunner) -> None:
    runner.platform.add(product("1", status="DRAFT", description="", title="", main_images=[]))
    assert (await outcome(runner))[0] == "relisted"
    assert runner.platform.edits[0]["save_mode"] == "AS_DRAFT"


async def test_refused_drafts_are_learned_by_their_code(runner: JobRunner) -> None:
    runner.platform.before["edit"] = [refusing(12052015, "description is missing")] * MAX_TRIES
    for number in range(MAX_TRIES + 1):
        runner.platform.add(product(str(number), status="DRAFT", description=""))
        end = await runner.run(replace(JOB, id=str(number)))
    assert isinstance(end, Done)
    assert "Drafts are checked too. The description is empty." in end.outcome.reasons[0].message
    assert runner.platform.calls["edit"] == MAX_TRIES
    runner.platform.before["edit"] = []
    runner.platform.add(product("9", status="DRAFT", title=""))
    assert (await outcome(runner, replace(JOB, id="9")))[0] == "relisted"


async def test_a_draft_without_skus_or_category_asks_its_seller(runner: JobRunner) -> None:
    runner.platform.add(product("1", status="DRAFT", skus=[]))
    assert await outcome(runner) == ("needs_input", ["12052902"])
    runner.platform.add(product("1", status="DRAFT", category_chains=[]))
    assert await outcome(runner) == ("needs_input", ["category_undecided"])
    assert runner.platform.edits == []


async def test_a_deleted_product_without_content_or_under_review_is_gone(runner: JobRunner) -> None:
    bare = {"status": "DELETED", "skus": [], "category_chains": [], "audit": {"status": "AUDITING"}}
    runner.platform.add(product("1", **bare))
    assert await outcome(runner) == ("gone", ["product_deleted"])


@pytest.mark.parametrize("status", ["ARCHIVED", "PROHIBITED"])
async def test_an_unknown_status_stops_the_edit_without_a_question(runner: JobRunner, status: str) -> None:
    runner.platform.add(product("1", status=status))
    end = await runner.run(JOB)
    assert isinstance(end, Wait)
    assert end.reason.startswith("unknown_status")
    assert runner.platform.edits == []


@pytest.mark.parametrize(("status", "end"), [("deleted", "gone"), (" activate ", "in_audit"), ("Draft", "relisted")])
async def test_the_case_of_a_status_does_not_matter(runner: JobRunner, status: str, end: str) -> None:
    runner.platform.add(product("1", status=status))
    assert (await outcome(runner))[0] == end


@pytest.mark.parametrize("audit", [{"pre_approved_reasons": ["KYC_PENDING"]}, {"pre_approved_reason": "KYC_PENDING"}])
async def test_a_pre_approved_product_names_what_the_platform_waits_for(
    runner: JobRunner, audit: dict[str, Any]
) -> None:
    runner.platform.add(product("1", audit={"status": "PRE_APPROVED", **audit}))
    end = await runner.run(JOB)
    assert isinstance(end, Wait)
    assert end.outcome is not None
    (reason,) = end.outcome.reasons
    assert (reason.code, reason.actor) == ("pre_approved", "seller")
    assert reason.message.endswith("completed what the platform waits for: KYC_PENDING.")


async def test_an_edit_waits_for_an_unmentioned_version_under_review(runner: JobRunner) -> None:
    runner.platform.add(product("1", audit=None))
    runner.platform.pending["1"] = {**product("1"), "title": "The seller's new title of a jar"}
    end = await runner.run(JOB)
    assert isinstance(end, Wait)
    assert end.outcome is not None
    assert [each.code for each in end.outcome.reasons] == ["under_review"]
    runner.platform.pending["1"] = product("1")
    assert (await outcome(runner))[0] == "in_audit"


async def test_a_product_that_is_not_found_is_skipped_by_the_next_search(runner: JobRunner) -> None:
    assert (await outcome(runner))[0] == "gone"
    (row,) = await runner.services.deleted.with_deleted_status(JOB.shop_id, [{"id": JOB.product_id, "update_time": 5}])
    assert row["status"] == "DELETED"


NO_SUCH_VALUE = 12052529
BAKELITE = [{"id": "100", "name": "Material", "values": [{"id": "77", "name": "Bakelite"}]}]


async def test_a_refused_optional_value_is_omitted_without_a_question(runner: JobRunner) -> None:
    runner.platform.attributes = [{**MATERIAL, "is_requried": False}]
    for number in range(MAX_TRIES + 1):
        runner.platform.before["edit"] = [refusing(NO_SUCH_VALUE, "no such value")] if number < MAX_TRIES else []
        runner.platform.add(product(str(number), product_attributes=BAKELITE))
        assert (await outcome(runner, replace(JOB, id=str(number))))[0] == "in_audit"
    sent = [bool(each["product_attributes"]) for each in runner.platform.edits]
    assert sent == [False] * (MAX_TRIES + 1), "the refused edits left no trace"
    assert runner.platform.calls["edit"] == 2 * MAX_TRIES + 1, "the last product was not tried with it"


async def test_a_required_value_that_is_refused_is_asked_for_without_an_edit(runner: JobRunner) -> None:
    for number in range(MAX_TRIES + 1):
        runner.platform.before["edit"] = [refusing(NO_SUCH_VALUE, "no such value")]
        runner.platform.add(product(str(number), product_attributes=BAKELITE))
        asked = await outcome(runner, replace(JOB, id=str(number)))
        assert asked == ("needs_input", [str(NO_SUCH_VALUE) if number < MAX_TRIES else "12052104"])
    assert runner.platform.calls["edit"] == MAX_TRIES, "neither repeated with a fresh catalogue nor tried again"


async def test_a_refusal_for_another_reason_is_not_blamed_on_an_optional_value(runner: JobRunner) -> None:
    runner.platform.attributes = [{**MATERIAL, "is_requried": False}]
    runner.platform.before["edit"] = [refusing(12052931, "the title breaks the rules")]
    runner.platform.add(product("1", product_attributes=BAKELITE))
    assert await outcome(runner) == ("needs_input", ["12052931"])
    assert runner.platform.calls["edit"] == 1


async def test_both_values_of_a_repeated_attribute_are_sent(runner: JobRunner) -> None:
    runner.platform.attributes = [{**MATERIAL, "is_multiple_selection": True}]
    twice = [{"id": "100", "name": "Material", "values": [{"id": key}]} for key in ("1", "2")]
    runner.platform.add(product("1", product_attributes=twice))
    assert (await outcome(runner))[0] == "in_audit"
    (attribute,) = runner.platform.edits[0]["product_attributes"]
    assert [value["id"] for value in attribute["values"]] == ["1", "2"]


async def test_zero_dimensions_and_grams_are_sent_back(runner: JobRunner) -> None:
    legacy = {
        "package_dimensions": {"length": "0", "width": "0", "height": "0", "unit": "CENTIMETER"},
        "package_weight": {"value": "500", "unit": "GRAM"},
    }
    runner.platform.add(product("1", **legacy))
    assert (await outcome(runner))[0] == "in_audit"
    assert {name: runner.platform.edits[0][name] for name in legacy} == legacy


async def test_retry_sees_a_brand_authorised_since(runner: JobRunner) -> None:
    runner.platform.brands = [BRAND]
    runner.platform.add(BRANDED)
    assert await outcome(runner) == ("needs_input", ["12052208"])
    runner.platform.brands = [{**BRAND, "authorized_status": "AUTHORIZED"}]
    assert (await outcome(runner))[0] == "needs_input", "an ordinary job trusts the cache"
    assert (await outcome(runner, retried()))[0] == "in_audit"


async def test_retry_sees_that_a_rule_has_ended(runner: JobRunner) -> None:
    runner.platform.add(product("1", product_attributes=[]))
    assert (await outcome(runner))[0] == "needs_input"
    runner.platform.attributes = []
    assert (await outcome(runner, retried()))[0] == "in_audit"


async def test_failing_retries_share_one_fresh_look(runner: JobRunner) -> None:
    runner.platform.add(*(product(str(n), product_attributes=[]) for n in range(1, 4)))
    assert (await outcome(runner))[0] == "needs_input"
    for n in range(1, 4):
        assert (await outcome(runner, retried(str(n))))[0] == "needs_input"
    assert runner.platform.calls["attributes"] == 2


@pytest.mark.parametrize("status", ["INVITE_ONLY", "NON_MAIN_CATEGORY"])
async def test_closed_leaf_of_a_feeder_is_refused_by_its_code_until_opened(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(catalogue.cache, "CLOSED_SECONDS", 1)
    code = {"INVITE_ONLY": "12052221", "NON_MAIN_CATEGORY": "12052225"}[status]
    runner.platform.closed["ROW_x"] = {OTHER_LEAF: [status]}
    runner.platform.add(product("1"))
    fed = replace(JOB, category_id=OTHER_LEAF)
    assert await outcome(runner, fed) == ("needs_input", [code])
    runner.platform.closed.clear()
    async with asyncio.timeout(10):
        while (await outcome(runner, fed))[0] != "in_audit":
            await asyncio.sleep(0.1)
    assert runner.platform.edits[0]["category_id"] == OTHER_LEAF


EMOJI = {"description": "<p>Holds a litre ✨</p>"}


async def test_undocumented_refusal_is_sent_three_times_only(runner: JobRunner) -> None:
    runner.platform.add(*(product(str(n), **EMOJI) for n in range(1, 6)), product("6"))
    runner.platform.before["edit"] = [refusing(12052999, "illegal content")] * 3
    for n in range(1, 4):
        assert await outcome(runner, Job(SHOP_ID, str(n))) == ("needs_input", ["12052999"])
    done = await runner.run(Job(SHOP_ID, "4"))
    assert isinstance(done, Done)
    (reason,) = done.outcome.reasons
    assert (reason.code, reason.field, reason.actor) == ("12052999", "description", "seller")
    assert reason.message.startswith("The description contains emoji.")
    assert runner.platform.edits == []
    assert (await outcome(runner, Job(SHOP_ID, "6")))[0] == "in_audit", "it has no emoji"


async def test_accepted_retry_ends_a_learned_refusal(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*(product(str(n), **EMOJI) for n in range(1, 6)))
    runner.platform.before["edit"] = [refusing(12052999)] * 3
    for n in range(1, 4):
        await outcome(runner, Job(SHOP_ID, str(n)))
    assert (await outcome(runner, retried("4")))[0] == "in_audit", "a seller says it is right"
    (count,) = await RefusalStore(redis).counts("US")
    assert (count.feature, count.refused, count.accepted, count.is_learned) == ("description_emoji", 3, 1, False)
    assert (await outcome(runner, Job(SHOP_ID, "5")))[0] == "in_audit"


async def test_operator_can_forget_learned_refusals(runner: JobRunner, redis: Redis) -> None:
    store = RefusalStore(redis)
    for _ in range(3):
        await store.refused("US", {"description_emoji": "description"}, 12052999, None, "no")
    await store.refused("US", {"description_emoji": "description"}, 12052999, "title", "about another field")
    assert [(each.code, each.refused) for each in await store.counts("US")] == [("12052999", 3)]
    assert await store.learned("US") != {}
    assert await store.forget("US", "another") == 0
    assert await store.forget("US", "description_emoji") == 1
    assert await store.learned("US") == {}
    assert await store.counts("US") == ()


async def test_learned_refusals_expire(runner: JobRunner, redis: Redis) -> None:
    store = RefusalStore(redis)
    await store.refused("US", {"description_emoji": "description"}, 1, None, "no")
    first = await redis.ttl("relist:catalogue:US:refusals")
    await redis.expire("relist:catalogue:US:refusals", first - 1000)
    await store.refused("US", {"description_emoji": "description"}, 1, None, "no")
    assert 0 < await redis.ttl("relist:catalogue:US:refusals") <= first - 1000, "refusals do not prolong their life"


async def test_product_in_the_leaf_is_edited_in_the_leaf(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    assert (await outcome(runner, retried()))[0] == "in_audit"
    assert runner.platform.edits[0]["category_id"] == LEAF


def audit_of(done: object) -> Job:
    assert isinstance(done, Done)
    (follow_up,) = done.follow_ups
    return follow_up.job


async def test_deactivated_product_is_never_left_on_sale(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*(product(str(n), status="SELLER_DEACTIVATED") for n in range(1, 4)))
    audit = audit_of(await runner.run(JOB))
    live = {"status": "ACTIVATE", "audit": {"status": "APPROVED"}}
    runner.platform.products["1"].update(live)
    runner.clock.forward(hours=1)
    done = await runner.run(audit)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "relisted"
    assert "it was deactivated again" in done.outcome.warnings[0]
    assert runner.platform.products["1"]["status"] == "SELLER_DEACTIVATED"
    assert list(await ObservedHabits(redis).all()) == ["US:edit_reactivates"]
    assert await outcome(runner, Job(SHOP_ID, "2")) == ("needs_input", ["product_deactivated"])
    assert len(runner.platform.edits) == 1
    runner.platform.products["3"]["status"] = "ACTIVATE"
    assert (await outcome(runner, Job(SHOP_ID, "3")))[0] == "in_audit", "the seller has activated it"


async def test_deactivated_product_that_stays_off_sale_is_relisted(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1", status="SELLER_DEACTIVATED"))
    audit = audit_of(await runner.run(JOB))
    runner.platform.approve("1")
    runner.clock.forward(hours=1)
    assert await outcome(runner, audit) == ("relisted", [])
    assert runner.platform.calls["deactivate"] == 0
    assert await ObservedHabits(redis).all() == {}
