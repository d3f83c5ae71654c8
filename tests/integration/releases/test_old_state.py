"""This release continues from the state that earlier releases left in Redis, frozen in files by write_state.py."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from model.job import Job
from shop_queue.blocked_products import scan_blocked
from shop_queue.keys import OUTCOMES, SCHEMA, lane_keys
from shop_queue.lane_stats import read_lane_stats
from shop_queue.outcome_relay import OutcomeRelay
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.required_commands import WORKER_COMMANDS
from shop_queue.shop_registry import ShopRegistry
from shop_queue.start import check_redis
from tests.support.working_engine import DONE, UNPACED, emptied, until
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.results import Result

FILES = sorted(Path(__file__).parent.glob("*.json"))
HOUR_MS = 3_600_000
FINAL = ("relisted", "needs_input")


async def load(redis: Redis, file: Path) -> None:
    """As if the release had stopped an hour ago."""
    seconds, _ = await redis.time()
    text = file.read_text()
    frozen_ms = min(int(number) for number in re.findall(r"\b\d{13}\b", text))
    moved_ms = int(seconds) * 1000 - HOUR_MS - frozen_ms
    text = re.sub(r"\b\d{13}\b", lambda number: str(int(number[0]) + moved_ms), text)
    text = re.sub(r"\b179\d{13}\b", lambda number: str(int(number[0]) + moved_ms * 1000), text)
    for key, (kind, value) in json.loads(text).items():
        match kind:
            case "string":
                await redis.set(key, value)
            case "hash":
                await redis.hset(key, mapping=dict(value))  # type: ignore[misc]
            case "list":
                await redis.rpush(key, *value)  # type: ignore[misc]
            case "set":
                await redis.sadd(key, *value)  # type: ignore[misc]
            case "zset":
                await redis.zadd(key, dict(value))
            case "stream":
                for entry, fields in value:
                    await redis.xadd(key, fields, id=entry)


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
async def old(request: pytest.FixtureRequest, redis: Redis) -> Redis:
    await load(redis, request.param)
    return redis


async def finish(redis: Redis, *shops: str) -> list[Job]:
    """Works until the lanes are empty. Returns the jobs in the order in which they ran."""
    ran: list[Job] = []

    async def run(job: Job, permits: JobPermits) -> Result:
        ran.append(job)
        return DONE

    engine = LaneEngine(redis, "new", {kind: JobHandler(run) for kind in ("relist", "audit")}, UNPACED)
    working = asyncio.create_task(engine.run())
    await until(emptied(redis, *shops), 30)
    await engine.drain(5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return ran


async def published(redis: Redis) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"outcome"]) for _, fields in await redis.xrange(OUTCOMES)]


def test_both_releases_are_frozen() -> None:
    assert [file.stem for file in FILES] == ["0.1.0", "0.2.0"]


async def test_every_job_of_an_old_lane_ends_once(old: Redis) -> None:
    await check_redis(old, WORKER_COMMANDS)
    assert await old.get(SCHEMA) == b"1"
    ran = Counter(job.id for job in await finish(old, "7001", "7002"))
    assert set(ran.values()) == {1}
    waited = {"110", "111", "20", "dry", "fed", "audit:10", *(str(number) for number in range(13, 20))}
    assert set(ran) == waited
    ends = Counter(each["product_id"] for each in await published(old) if each["outcome"] in FINAL)
    assert ends.pop("0") == 1, "an outcome of shop 7004"
    assert ends == Counter([*(str(n) for n in range(10, 20)), "110", "111", "20", "dry", "fed"])


async def test_hints_attempts_and_crashes_of_an_old_lane_are_kept(old: Redis) -> None:
    ran = {job.id: job for job in await finish(old, "7001", "7002")}
    assert ran["15"].category_id == "853000"
    assert ran["13"].attempts == 1
    (lane,) = await read_lane_stats(old, ["7001"])
    assert (lane.limit, lane.outcomes["needs_input"], lane.in_audit) == (9.0, 1, 0)
    assert lane.outcomes["relisted"] == 13


async def test_paused_shop_stays_paused_until_it_is_resumed(old: Redis) -> None:
    await finish(old, "7001", "7002")
    (lane,) = await read_lane_stats(old, ["7003"])
    assert (lane.state, lane.reason, lane.queued) == ("paused", "a person", 3)
    await LaneProducer(old).set_state("7003", "active")
    assert sorted(job.id for job in await finish(old, "7003")) == ["30", "31", "32"]


async def test_old_entry_blocked_product_and_shops_are_known(old: Redis) -> None:
    assert [shop.shop_id for shop in await ShopRegistry(old).all()] == ["7001", "7002", "7003", "7004"]
    blocked = [product.product_id async for batch in scan_blocked(old, "7001") for product in batch]
    assert blocked == ["11"]
    lanes = LaneProducer(old)
    again = await lanes.enqueue([EnqueueRequest(Job("7001", "fed"), entry="1-1")], read_before=True)
    found = await lanes.enqueue([EnqueueRequest(Job("7001", each), skip_if_pending=True) for each in ("10", "11")])
    assert (again.added, found.added) == (0, 0)


async def test_old_outbox_is_relayed_without_repeating(old: Redis) -> None:
    relay = OutcomeRelay(old, 1_000_000)
    relay._needed = True
    assert await relay.relay(["7004"]) == 1
    assert [each["product_id"] for each in await published(old) if each["shop_id"] == "7004"] == ["0", "1"]
    assert await old.xlen(lane_keys("7004", own_outbox=True).outbox) == 2, "the relay keeps them for a while"
