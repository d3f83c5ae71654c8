"""`relist enqueue ids` adds products, also with the decision to edit a version under review."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner
from redis.asyncio import Redis

from console.main import main
from model.job import Job
from model.job_state import RelistState, state_of
from model.shop import Shop
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.job_runner import SHOP_ID

PRODUCT = "1729000000000000001"


async def test_the_decision_reaches_a_product_that_waits(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    await ShopRegistry(redis).add(Shop(SHOP_ID, "ROW_x", "US", SHOP_ID))
    waiting = Job(SHOP_ID, PRODUCT, run_id="spring", state=RelistState(waiting_since=1, waits=3))
    await LaneProducer(redis).enqueue([EnqueueRequest(waiting, delay_seconds=600.0)])
    settings = {"APP_KEY": "key", "APP_SECRET": "secret", "TOKEN_KEY": "k" * 16, "REDIS_URL": redis_url}
    environment = {f"RELIST_{name}": value for name, value in {**settings, "JOURNAL_DIR": str(tmp_path)}.items()}
    arguments = ("enqueue", "ids", "--shop", SHOP_ID, PRODUCT, "--over-review")
    ended = await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)
    assert (ended.exit_code, ended.output) == (0, "0 products enqueued, 1 already queued, 0 rejected\n")
    payload = await redis.hget(lane_keys(SHOP_ID).jobs, PRODUCT)  # type: ignore[misc]
    state = state_of(Job.load(SHOP_ID, PRODUCT, payload).state, RelistState)
    assert (state.over_review, state.waits) == (True, 3)
    assert await redis.zcard(lane_keys(SHOP_ID).delayed) == 0, "the product need not wait for its next look"
