"""Missing values are proposed from a product's words and its siblings; certified ones are filled in without asking."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from redis.asyncio import Redis

from catalogue.known_leaf import ProposalTest, stated_feature
from catalogue.known_values import MAX_EXAMPLES, KnownValues
from model.job import Job
from model.outcome import Outcome
from proposals.reliability import Statement
from proposals.risk import is_checked
from relisting.planned import PlannedEdit
from rollout.service import Rollout
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.proposed import attribute
from tests.support.record_entries import stored_edits
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Done
from worker.jobs.handlers import job_handlers
from worker.jobs.rollout_edit import decisions_of

GLASS, OAK = "1", "2"


def without_material(product_id: str, title: str) -> dict[str, Any]:
    return product(product_id, title=title, product_attributes=[])


async def outcome_of(runner: JobRunner, job: Job) -> Outcome:
    done = await runner.run(job)
    assert isinstance(done, Done)
    return done.outcome


def known_values(runner: JobRunner) -> KnownValues:
    assert runner.services.known_values is not None
    return runner.services.known_values


async def with_tests(runner: JobRunner, *, right: int) -> None:
    """Proposals with the highest score that were right, and one example."""
    tests = [ProposalTest("100", 0.9, False, "known")] * right
    await known_values(runner).learn("US", LEAF, f"{SHOP_ID}/known", ["oak", "box"], {"100": OAK}, tests)


async def with_checks(runner: JobRunner, *, right: int = 0, wrong: int = 0) -> None:
    """People's answers to products that would have been filled in."""
    for number in range(right + wrong):
        test = ProposalTest("100", 0.9, number < wrong, "check")
        await known_values(runner).checked("US", LEAF, f"{SHOP_ID}/checked-{wrong}-{number}", [test])


def with_risk(runner: JobRunner, redis: Redis, risk: float) -> JobRunner:
    services = replace(runner.services, autofill_risk=risk)
    return replace(runner, services=services, handlers=job_handlers(services, redis))


def unchecked_id() -> str:
    return next(str(number) for number in range(50, 200) if not is_checked(f"{SHOP_ID}/{number}/100"))


def checked_id() -> str:
    return next(str(number) for number in range(50, 900) if is_checked(f"{SHOP_ID}/{number}/100"))


async def test_a_missing_value_is_asked_with_ranked_values(runner: JobRunner) -> None:
    runner.platform.add(without_material("1", "A box made of oak, for bread"))
    outcome = await outcome_of(runner, Job(SHOP_ID, "1"))
    assert outcome.outcome == "needs_input"
    first, second = outcome.reasons[0].record()["allowed_values"]
    assert (first["id"], first["name"], first["source"], first["words"]) == (OAK, "Oak", "title", "oak")
    assert first["score"] > second["score"]
    assert runner.platform.edits == []


async def test_without_examples_the_platforms_order_is_kept(runner: JobRunner) -> None:
    runner.platform.add(without_material("1", "A container for bread, large"))
    outcome = await outcome_of(runner, Job(SHOP_ID, "1"))
    assert [value.record() for value in outcome.reasons[0].allowed_values] == [
        {"id": GLASS, "name": "Glass"},
        {"id": OAK, "name": "Oak"},
    ]


async def test_siblings_rank_the_values_of_a_product_without_statements(runner: JobRunner) -> None:
    for number in range(10, 16):
        attributes = [{"id": "100", "name": "Material", "values": [{"id": OAK, "name": "Oak"}]}]
        runner.platform.add(product(str(number), title=f"Bread container {number}", product_attributes=attributes))
        await runner.run(Job(SHOP_ID, str(number)))
    runner.platform.add(without_material("1", "Bread container, large"))
    first = (await outcome_of(runner, Job(SHOP_ID, "1"))).reasons[0].allowed_values[0]
    assert (first.name, first.source) == ("Oak", "siblings")


async def test_by_default_nothing_is_filled_in(runner: JobRunner) -> None:
    await with_tests(runner, right=399)
    runner.platform.add(without_material(unchecked_id(), "A box made of oak"))
    assert (await outcome_of(runner, Job(SHOP_ID, unchecked_id()))).outcome == "needs_input"


async def test_a_certified_value_is_filled_in_and_marked(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=350)
    filling = with_risk(runner, redis, 0.01)
    runner.platform.add(without_material(unchecked_id(), "A box made of oak"))
    outcome = await outcome_of(filling, Job(SHOP_ID, unchecked_id()))
    assert outcome.outcome == "in_audit"
    (sent,) = runner.platform.edits
    assert sent["product_attributes"] == [{"id": "100", "values": [{"id": OAK, "name": "Oak"}]}]
    (entry,) = stored_edits(runner.journal_dir)
    (use,) = entry.evidence["filled"]
    assert (use["rule"], use["attribute_id"], use["value"], use["found"]) == ("proposal", "100", "Oak", "oak")
    assert use["bound"] <= 0.01
    assert any("Material" in warning and "filled in without asking" in warning for warning in outcome.warnings)


def test_all_values_of_an_attribute_of_a_leaf_are_one_decision() -> None:
    use = {"attribute_id": "100", "rule": "proposal", "value": "Oak", "found": "oak", "score": 0.99}
    plans = [PlannedEdit({}, LEAF, "own_leaf", {"filled": [{**use, "value": value}]}) for value in ("Oak", "Glass")]
    one, other = (decisions_of(Job(SHOP_ID, "1"), plan) for plan in plans)
    assert one == other
    assert (one[0].rule, one[0].source, one[0].target) == ("proposal", "100", LEAF)


async def test_all_values_filled_for_one_attribute_are_found_as_a_group(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=350)
    filling = with_risk(runner, redis, 0.01)
    services = replace(filling.services, rollout=Rollout(redis, "off"))
    filling = replace(filling, services=services, handlers=job_handlers(services, redis))
    numbers = [str(number) for number in range(50, 200) if not is_checked(f"{SHOP_ID}/{number}/100")][:3]
    for number in numbers:
        runner.platform.add(without_material(number, "A box made of oak"))
        assert (await outcome_of(filling, Job(SHOP_ID, number))).outcome == "in_audit"
    decisions = {entry.decision for entry in stored_edits(runner.journal_dir)}
    assert len(decisions) == 1, "`relist undo --decision` takes them back together"
    assert decisions.pop().startswith(f"decision/US/proposal/100>{LEAF}/")


async def test_tests_of_stated_values_certify_no_value_that_siblings_suggest(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=350)
    filling = with_risk(runner, redis, 0.01)
    for number in range(20):
        values = {"100": OAK}
        await known_values(runner).learn("US", LEAF, f"{SHOP_ID}/sibling-{number}", ["bread", "large"], values, ())
    runner.platform.add(without_material(unchecked_id(), "Bread container, large"))
    outcome = await outcome_of(filling, Job(SHOP_ID, unchecked_id()))
    assert outcome.outcome == "needs_input"
    assert outcome.reasons[0].allowed_values[0].name == "Oak"
    assert any("not certifiable yet, 299 more answers are needed" in each for each in outcome.warnings)


async def test_too_few_tests_say_how_many_answers_are_needed(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=200)
    filling = with_risk(runner, redis, 0.01)
    runner.platform.add(without_material(unchecked_id(), "A box made of oak"))
    outcome = await outcome_of(filling, Job(SHOP_ID, unchecked_id()))
    assert outcome.outcome == "needs_input"
    (warning,) = [each for each in outcome.warnings if "Material" in each]
    assert "not certifiable yet, 99 more answers are needed" in warning


async def test_a_share_of_certified_values_is_asked_as_a_check(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=350)
    filling = with_risk(runner, redis, 0.01)
    runner.platform.add(without_material(checked_id(), "A box made of oak"))
    outcome = await outcome_of(filling, Job(SHOP_ID, checked_id()))
    assert outcome.outcome == "needs_input"
    assert any("people check" in warning for warning in outcome.warnings)


async def test_checks_that_disagree_stop_filling(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=390)
    await with_checks(runner, right=60)
    filling = with_risk(runner, redis, 0.05)
    runner.platform.add(without_material(unchecked_id(), "A box made of oak"))
    assert (await outcome_of(filling, Job(SHOP_ID, unchecked_id()))).outcome == "in_audit"
    await with_checks(runner, wrong=10)
    other = next(str(n) for n in range(200, 400) if not is_checked(f"{SHOP_ID}/{n}/100"))
    runner.platform.add(without_material(other, "A box made of oak"))
    outcome = await outcome_of(filling, Job(SHOP_ID, other))
    assert outcome.outcome == "needs_input"


async def test_an_answer_is_counted_as_a_check_once(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(without_material("1", "A box made of oak"))
    answer = ({"id": "100", "values": [{"id": GLASS}]},)
    for _ in range(2):
        runner.services.edits.job_committed(SHOP_ID, "1")
        await runner.run(Job(SHOP_ID, "1", attributes=answer))
        runner.platform.pending.clear()
    fresh = KnownValues(redis)
    known = await fresh.leaf("US", LEAF, ())
    assert known.checks("100").above(0) == (1, 1)


async def test_examples_of_a_leaf_are_bounded(runner: JobRunner, redis: Redis) -> None:
    for number in range(MAX_EXAMPLES + 5):
        values = {"100": OAK}
        await known_values(runner).learn("US", LEAF, f"{SHOP_ID}/{number}", ["oak"], values, ())
    await known_values(runner).flush()
    stored = await redis.hvals(f"relist:catalogue:US:{LEAF}:examples")
    assert len([example for example in stored if example]) == MAX_EXAMPLES
    assert len(stored) == MAX_EXAMPLES + 5, "further products are only tests"
    assert await redis.ttl(f"relist:catalogue:US:{LEAF}:examples") > 0


async def test_reliability_of_titles_is_learned_by_every_worker(redis: Redis) -> None:
    learning, other = KnownValues(redis), KnownValues(redis)
    stated = Statement(GLASS, "title")
    for number in range(12):
        features = [stated_feature("100", stated), f"shop={SHOP_ID}", "box"]
        await learning.learn("US", LEAF, f"{SHOP_ID}/{number}", features, {"100": OAK}, ())
    await learning.flush()
    material = attribute("Material", ["Glass", "Oak"], "100")
    model = (await other.leaf("US", LEAF, (material,))).models["100"]
    assert model.statements == {stated: {OAK: 12}}
    assert model.examples[0].features == frozenset({f"shop={SHOP_ID}", "box"})


async def test_known_values_of_a_worker_keep_the_statements_of_titles(runner: JobRunner, redis: Redis) -> None:
    filling = with_risk(runner, redis, 0.01)
    for number in range(10, 16):
        attributes = [{"id": "100", "name": "Material", "values": [{"id": OAK, "name": "Oak"}]}]
        runner.platform.add(product(str(number), title=f"Glass-look box {number}, oak", product_attributes=attributes))
        await filling.run(Job(SHOP_ID, str(number)))
    await known_values(filling).flush()
    raw = await redis.hvals(f"relist:catalogue:US:{LEAF}:examples")  # type: ignore[misc]
    features = [orjson.loads(each)["features"] for each in raw]
    assert len(features) == 6
    assert all(f"stated:100:title={OAK}" in each for each in features)
    assert not any(SHOP_ID in feature for each in features for feature in each), "no example names its shop"
