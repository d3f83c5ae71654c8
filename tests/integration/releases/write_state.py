"""Writes the state of a release to a file: run it in a checkout of that release, with an empty Redis.

    cd CHECKOUT && PYTHONPATH=. python .../tests/integration/releases/write_state.py redis://127.0.0.1:6379/0 0.2.0.json

It uses only names that all releases have. The files next to it are frozen: they never change.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from model.job import Job
from model.shop import Shop
from redis_client.scripts import ScriptCall, load_script, run
from shop_queue.consumer import Commit, Complete, LaneConsumer, Release, Requeue
from shop_queue.keys import OUTCOMES, RELAYED, lane_keys
from shop_queue.leases import Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

SHOPS = ("7001", "7002", "7003", "7004")


def record(shop: str, product: str, outcome: str) -> dict[str, Any]:
    return {"shop_id": shop, "product_id": product, "outcome": outcome, "run_id": "old", "reasons": []}


async def write(redis: Redis) -> None:
    for shop in SHOPS:
        await ShopRegistry(redis).add(Shop(shop, "c", "US", "a"))
    lanes, consumer = LaneProducer(redis, "intake"), LaneConsumer(redis)
    await lanes.enqueue([EnqueueRequest(Job("7001", f"1{n}", run_id="old")) for n in range(12)])
    await lanes.enqueue([EnqueueRequest(Job("7002", "20", run_id="old"))])
    await lanes.enqueue([EnqueueRequest(Job("7003", f"3{n}", run_id="old")) for n in range(3)])
    (lease,) = [each for each in (await Leases(redis, "old-worker", 0.2).take(9, 0)).leases if each.shop_id == "7001"]
    await consumer.open(lease)
    await consumer.claim([(lease, 8)])
    audit = EnqueueRequest(Job("7001", "audit:10", "audit", run_id="old"), 0.2)
    ended = [
        Complete("10", "in_audit", record("7001", "10", "in_audit"), follow_ups=(audit,)),
        Complete("11", "needs_input", record("7001", "11", "needs_input"), blocked=True),
        Complete("12", "relisted", record("7001", "12", "relisted")),
        Requeue(Job("7001", "13", run_id="old", attempts=1), 0.2),
        Release("14"),
    ]
    pace = {"write": {"rate": 7.0, "known": True}}
    await consumer.commit([Commit(lease, ended, pace, 1)])
    await lanes.enqueue([EnqueueRequest(Job("7001", "15", category_id="853000"))])
    await lanes.enqueue([EnqueueRequest(Job("7001", "19", priority="urgent"))])
    await lanes.enqueue([EnqueueRequest(Job("7001", "dry", dry_run=True))])
    await lanes.enqueue([EnqueueRequest(Job("7001", "fed", run_id="old"), entry="1-1")])
    await lanes.set_limit("7001", 9.0)
    await lanes.set_state("7003", "paused", "a person")
    # A cluster's outbox, whose first entry was relayed and not trimmed. 0.1.0 has no positions.
    outbox, relay = lane_keys("7004", own_outbox=True).outbox, load_script("shop_queue", "relay")
    for number in range(2):
        fields = {"outcome": json.dumps(record("7004", str(number), "relisted"))}
        if "position" in relay.text:
            fields["position"] = f"1700000000000000-1-{number + 1}"
        await redis.xadd(outbox, fields)  # type: ignore[arg-type]
    (first, stored), _ = await redis.xrange(outbox)
    parts = [stored[name] for name in (b"position", b"outcome") if name in stored]
    await run(redis, ScriptCall(relay, (OUTCOMES, RELAYED), [1000, "7004", first, *parts]))


async def dump(redis: Redis) -> dict[str, list[Any]]:
    state = {}
    for key in sorted([key async for key in redis.scan_iter("*relist*")]):
        kind = (await redis.type(key)).decode()
        value: Any
        match kind:
            case "string":
                value = _text(await redis.get(key))
            case "hash":
                value = [[_text(name), _text(item)] for name, item in (await redis.hgetall(key)).items()]  # type: ignore[misc]
            case "list":
                value = [_text(item) for item in await redis.lrange(key, 0, -1)]  # type: ignore[misc]
            case "set":
                value = sorted(_text(item) for item in await redis.smembers(key))  # type: ignore[misc]
            case "zset":
                value = [[_text(item), score] for item, score in await redis.zrange(key, 0, -1, withscores=True)]
            case "stream":
                entries = await redis.xrange(key)
                value = [
                    [entry.decode(), {_text(name): _text(item) for name, item in fields.items()}]
                    for entry, fields in entries
                ]
            case _:
                raise ValueError(f"{key!r} is a {kind}")
        state[_text(key)] = [kind, value]
    return state


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(value).decode()


async def main(url: str, file: str) -> None:
    redis = Redis.from_url(url)
    await write(redis)
    Path(file).write_text(json.dumps(await dump(redis), indent=1) + "\n")
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
