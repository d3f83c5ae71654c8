"""The leaf of a product of a split category is proposed, and chosen without asking only below the accepted risk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from catalogue.known_leaf import ProposalTest
from model.job import Job
from model.job_state import RelistState
from model.outcome import Outcome
from proposals.risk import is_checked
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.record_entries import stored_edits
from tests.support.tiny_platform import LEAF, OTHER_LEAF, product
from worker.engine.results import Done
from worker.jobs.handlers import job_handlers

SPLIT = [{"id": "850000", "parent_id": "0", "local_name": "Home", "is_leaf": True}]
"""A category that was final and now has the leaves Jars and Boxes. The platform always recommends Jars."""
GROUP = "split-850000"


def in_split(product_id: str, title: str) -> dict[str, Any]:
    return product(product_id, title=title, category_chains=SPLIT)


async def outcome_of(runner: JobRunner, job: Job) -> Outcome:
    done = await runner.run(job)
    assert isinstance(done, Done)
    return done.outcome


async def with_tests(runner: JobRunner, *, right: int, wrong: int = 0) -> None:
    assert runner.services.known_values is not None
    tests = [ProposalTest("category", 0.6, number < wrong, "known") for number in range(right + wrong)]
    await runner.services.known_values.learn("US", GROUP, "shop/known", ["vessel"], {"category": LEAF}, tests)


def with_risk(runner: JobRunner, redis: Redis, risk: float) -> JobRunner:
    services = replace(runner.services, autofill_risk=risk)
    return replace(runner, services=services, handlers=job_handlers(services, redis))


def unchecked() -> str:
    return next(str(number) for number in range(50, 200) if not is_checked(f"{SHOP_ID}/{number}/category"))


async def test_leaves_are_ranked_by_the_title_with_scores(runner: JobRunner) -> None:
    runner.platform.add(in_split("1", "Boxes for bread"))
    outcome = await outcome_of(runner, Job(SHOP_ID, "1"))
    (reason,) = [each for each in outcome.reasons if each.code == "category_undecided"]
    first, second = reason.record()["allowed_values"]
    assert (first["id"], second["id"]) == (OTHER_LEAF, LEAF), "the recommendation contradicts the title"
    assert first["score"] > second["score"] > 0
    assert first["source"] == "title"
    assert runner.platform.edits == []


async def test_answers_for_a_few_products_rank_the_leaves_of_the_others(runner: JobRunner) -> None:
    runner.platform.add(in_split("1", "Blue vessel"))
    before = await outcome_of(runner, Job(SHOP_ID, "1"))
    assert before.reasons[0].allowed_values[0].id == LEAF
    for number in range(10, 22):
        runner.platform.add(in_split(str(number), f"Blue vessel {number}"))
        await runner.run(Job(SHOP_ID, str(number), category_id=OTHER_LEAF))
    runner.platform.add(in_split("2", "Blue vessel, large"))
    (first, *_) = (await outcome_of(runner, Job(SHOP_ID, "2"))).reasons[0].allowed_values
    assert (first.id, "siblings" in first.source) == (OTHER_LEAF, True)


async def test_by_default_nothing_is_chosen_without_asking(runner: JobRunner) -> None:
    await with_tests(runner, right=400)
    runner.platform.add(in_split(unchecked(), "Vessel"))
    assert (await outcome_of(runner, Job(SHOP_ID, unchecked()))).outcome == "needs_input"


async def test_a_certified_leaf_is_chosen_through_the_record_with_its_bound(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=400)
    runner.platform.add(in_split(unchecked(), "Vessel"))
    outcome = await outcome_of(with_risk(runner, redis, 0.01), Job(SHOP_ID, unchecked()))
    assert (outcome.outcome, outcome.category_id) == ("in_audit", LEAF)
    assert any("was chosen without asking" in warning for warning in outcome.warnings)
    (entry,) = stored_edits(runner.journal_dir)
    assert entry.rule == "proposal"
    assert entry.evidence["bound"] <= 0.01


async def test_too_few_tests_say_how_many_answers_are_needed(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=250)
    runner.platform.add(in_split(unchecked(), "Vessel"))
    outcome = await outcome_of(with_risk(runner, redis, 0.01), Job(SHOP_ID, unchecked()))
    assert outcome.outcome == "needs_input"
    assert any("not certifiable yet, 49 more answers" in warning for warning in outcome.warnings)


async def test_sources_that_disagree_are_asked_whatever_the_bound(runner: JobRunner, redis: Redis) -> None:
    await with_tests(runner, right=400)
    runner.platform.add(in_split(unchecked(), "Boxes"))
    outcome = await outcome_of(with_risk(runner, redis, 0.01), Job(SHOP_ID, unchecked()))
    assert outcome.outcome == "needs_input"
    assert runner.platform.edits == []


async def test_neighbours_that_keep_their_leaf_are_examples_once_questions_were_asked(runner: JobRunner) -> None:
    store = runner.services.known_values
    assert store is not None
    runner.platform.add(product("5", title="Blue vessel"))
    await runner.run(Job(SHOP_ID, "5"))
    assert store.learned("US", GROUP) == 0
    runner.platform.add(in_split("1", "Blue vessel"))
    await runner.run(Job(SHOP_ID, "1"))
    runner.platform.add(product("6", title="Green vessel"))
    await runner.run(Job(SHOP_ID, "6"))
    assert store.learned("US", GROUP) == 1


REMOVED = [{"id": "860000", "parent_id": "0", "local_name": "Vessels", "is_leaf": True}]
"""A category without a successor. The platform recommends Jars, and nothing confirms it."""


def in_removed(product_id: str, title: str, **fields: Any) -> dict[str, Any]:
    return product(product_id, title=title, category_chains=REMOVED, **fields)


async def test_answers_rank_the_leaves_of_a_removed_category(runner: JobRunner) -> None:
    runner.platform.add(in_removed("1", "Blue vessel"))
    before = await outcome_of(runner, Job(SHOP_ID, "1"))
    assert [each.score for each in before.reasons[0].allowed_values] == [None] * len(before.reasons[0].allowed_values)
    for number in range(10, 16):
        runner.platform.add(in_removed(str(number), f"Blue vessel {number}"))
        await runner.run(Job(SHOP_ID, str(number), category_id=OTHER_LEAF))
    runner.platform.add(in_removed("2", "Blue vessel, large"))
    first, second, *_ = (await outcome_of(runner, Job(SHOP_ID, "2"))).reasons[0].record()["allowed_values"]
    assert (first["id"], second["id"]) == (OTHER_LEAF, LEAF)
    assert "siblings" in first["source"]
    assert first["name"].endswith("(chosen for other products of the old category)")


async def test_leaves_that_a_feeder_gives_for_removed_categories_are_not_learned(runner: JobRunner) -> None:
    store = runner.services.known_values
    assert store is not None
    runner.platform.add(in_removed("1", "Blue vessel"))
    await runner.run(Job(SHOP_ID, "1", category_id=LEAF))
    assert store.learned("US", "split-860000") == 0
    runner.platform.add(in_removed("2", "Blue vessel"))
    await runner.run(Job(SHOP_ID, "2", category_id=LEAF, state=RelistState(looks_again=True)))
    assert store.learned("US", "split-860000") == 1, "a person answered"
