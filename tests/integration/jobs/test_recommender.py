"""Products that keep their leaf test the platform's recommender; its record decides whether it is followed."""

from __future__ import annotations

import asyncio
import json

import pytest
from click.testing import CliRunner
from redis.asyncio import Redis

from catalogue.recommender import RecommenderTests
from console.main import main
from model.job import Job
from relisting.recommender import Agreement
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, product


async def test_a_recommendation_that_a_product_carries_is_a_test(runner: JobRunner, redis: Redis) -> None:
    for number, recommended in enumerate([LEAF, LEAF, "999999"]):
        given = [{"id": recommended, "local_name": "Jars"}]
        runner.platform.add(product(str(number), recommended_categories=given))
        await runner.run(Job(SHOP_ID, str(number)))
    measured = await RecommenderTests(redis).counted("US")
    total = [tests.total for tests in measured.tests.values()]
    assert sum(total) == 2, "a recommendation elsewhere is never followed, so it is not a test"
    assert runner.platform.recommendations == [], "no call is made for a market that needs no recommendation"


async def test_a_product_is_counted_once(redis: Redis) -> None:
    store = RecommenderTests(redis)
    for _ in range(3):
        await store.count("US", "shop/1", "silent", is_right=False)
    await store.count("US", "shop/2", "silent", is_right=True)
    assert (await store.counted("US")).tests["silent"] == Agreement(1, 1)
    assert await redis.ttl("relist:catalogue:US:recommender") > 0


async def test_the_platform_is_asked_about_a_share_where_recommendations_are_needed(redis: Redis) -> None:
    store = RecommenderTests(redis)
    products = [f"shop/{number}" for number in range(1_000)]
    assert not any(store.is_asked_for("US", each) for each in products)
    await store.recommender("US")
    assert 20 < sum(store.is_asked_for("US", each) for each in products) < 100
    assert not any(store.is_asked_for("MX", each) for each in products)


async def test_the_command_shows_the_accuracy_by_region(
    redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"REDIS_URL": redis_url, "APP_KEY": "k", "APP_SECRET": "s", "TOKEN_KEY": "k" * 16}.items():
        monkeypatch.setenv(f"RELIST_{name}", value)
    for number in range(3):
        await RecommenderTests(redis).count("MX", f"shop/{number}", "silent", is_right=number > 0)
    arguments = ["categories", "trust", "--region", "MX"]
    shown = await asyncio.to_thread(CliRunner().invoke, main, [*arguments, "--json"])
    rows = {row["title"]: row for row in json.loads(shown.output)}
    assert (rows["silent"]["right"], rows["silent"]["tests"], rows["silent"]["followed"]) == (2, 3, False)
    assert rows["for"]["followed"]
    assert not rows["against"]["followed"]
    assert rows["silent"]["needed"] > 598
    table = (await asyncio.to_thread(CliRunner().invoke, main, arguments)).output
    assert "silent\t2\t3\tno" in table
