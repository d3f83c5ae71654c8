"""A fleet in which every view and every action of the web UI has something to show."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import orjson
from redis.asyncio import Redis

from model.job import Job
from monitoring.shop_inspection import KEY as INSPECTION
from monitoring.shop_inspection import ShopProblem
from producers.plan_file import entry_line, header_line
from record.action_log import NewAction
from record.entry import NewEdit, NewEvent
from record.record import Record
from record.state import Run, StateChange
from redis_client.server_time import server_milliseconds
from rollout.records import StopCause
from rollout.store import RolloutStore
from shop_queue.keys import WORKERS
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.worker_outages import note_outage
from shop_queue.worker_problems import WorkerProblem, note_problems, note_refused_start
from shop_queue.worker_versions import note_version
from tests.support.blocked_records import MATERIAL, block, with_proposal
from tests.support.browser_fleet import FLEET_AT, NAMES, fleet

SHOP, OTHER_SHOP, PRODUCT = "7494000000000000001", "7494000000000000002", "1729000000000000777"
CAUSE = "decision/US/mapping/600001>700001/aa"
VIEWS = (
    *("/", "/shops", "/shops/pause", f"/shops/{SHOP}", "/products", "/products?q=linen", "/products?reason=12052104"),
    *(f"/shops/{SHOP}/products/{PRODUCT}", f"/shops/{SHOP}/products/1729000000000000005", "/questions"),
    *("/questions?show=skipped", "/questions/products", "/questions/shops", "/worklist", "/runs", "/runs/spring"),
    *("/rollout", f"/rollout/undo?cause={CAUSE}", "/plans", "/reports", "/activity", "/retry?reason=12052104"),
    *("/cancel?run=spring", "/undo?run=spring"),
)
"""Every view, and every page that asks for a confirmation."""


async def full_fleet(redis: Redis, record: Record, directory: Path) -> None:
    await fleet(redis, directory / "journal")
    for number, chance in enumerate((0.99, 0.97, 0.6), 1_000_001):
        reason = with_proposal({**MATERIAL, "attribute_id": "100777", "form": {"name": "Fabric"}}, chance)
        await block(redis, OTHER_SHOP, f"172900000{number}", reason, title=f"Canvas bag {number % 100}")
    await record.begin_run(Run("spring", FLEET_AT, "relist", "the first sweep"))
    before = {
        "title": "Linen shirt",
        "brand": {"id": "9", "name": "Acme"},
        "skus": [{"seller_sku": "SKU-77"}],
        "category_chains": [{"id": "601226", "parent_id": "0", "local_name": "Shirts", "is_leaf": True}],
        "product_attributes": [{"id": "100", "name": "Colour", "values": [{"id": "1", "name": "Blue"}]}],
    }
    body = {
        "category_id": "853000",
        "category_version": "v2",
        "title": "Linen shirt",
        "brand_id": "9",
        "product_attributes": [
            {"id": "100", "values": [{"id": "1"}]},
            {"id": "100392", "name": "Material", "values": [{"id": "501", "name": "Linen"}]},
        ],
    }
    evidence = {"path": "Clothes > Shirts > T-Shirts"}
    edit = NewEdit(FLEET_AT, SHOP, "1729000000000000005", "relist", "spring", "mapping", body, before, CAUSE, evidence)
    number = await record.append(edit)
    await record.append_event(NewEvent(number, FLEET_AT, "answered", {"outcome": "in_audit", "request_id": "req-2"}))
    ended = FLEET_AT + timedelta(hours=2)
    state = StateChange(ended, SHOP, "1729000000000000005", "relisted", "", "spring")
    await record.append_event(NewEvent(number, ended, "audit_ended", {"outcome": "relisted"}), state)
    await record.add_action(NewAction(FLEET_AT, "Ben", "operator", "shops_paused", {"shops": [NAMES[4]], "count": 1}))
    await LaneProducer(redis).enqueue(
        EnqueueRequest(Job(SHOP, str(1729300000000000001 + place), run_id="spring")) for place in range(3)
    )
    store = RolloutStore(redis)
    snapshot = await store.read((CAUSE, "leaf/US/853000"))
    examples = [f"{SHOP}/{PRODUCT}", f"{SHOP}/1729000000000000005", f"{OTHER_SHOP}/1729000000000000002"]
    why = "7 of 12 audits rejected: the main image shows a watermark"
    snapshot.book.fleet.causes[CAUSE] = StopCause(CAUSE, snapshot.now, why, "audits", examples)
    snapshot.book.fleet_changed = True
    leaf = snapshot.book.change("leaf/US/853000")
    leaf.clean, leaf.looking = 12, {f"{SHOP}/1729000000000000009": snapshot.now}
    assert await store.commit(snapshot) is not None


def plan_content() -> bytes:
    entry = {
        "shop_id": SHOP,
        "product_id": "1729000000000000011",
        "title": "A jar",
        "ready": True,
        "category_id": "700001",
        "rule": "mapping",
        "changes": ["category: Jars (600001) → 700001"],
        "plan": {"product": "a" * 20, "edit": "b" * 20},
    }
    return header_line("autumn", "2026-11-24", 1) + entry_line(entry, "autumn", 1)


async def trouble(redis: Redis) -> None:
    """Everything that can be stuck apart from shops: the platform, workers, a start, a full Redis, an inspection."""
    now = await server_milliseconds(redis)
    long_path = "/srv/relist/configuration-of-the-production-fleet/mappings/spring/mapping-of-all-shops.csv"
    for worker in ("worker-1", "worker-2"):
        await redis.zadd(WORKERS, {worker: now + 10**9})
        await note_version(redis, worker, f"0.{worker[-1]}.0")
    await note_outage(redis, "worker-1", "network", "the platform's host cannot be reached", "check the network", None)
    problem = WorkerProblem("mapping_file", f"RELIST_MAPPING_FILE: {long_path}: row 1", now / 1000)
    await note_problems(redis, "worker-2", [problem])
    await note_refused_start(redis, "machine-3.eu-central-1.compute.internal.example.com", f"{long_path} is missing")
    inactive = ShopProblem("inactive_shop", "the shop is inactive (36009043)", "activate it", 1, (SHOP,), False)
    await redis.set(INSPECTION, orjson.dumps([asdict(inactive)]))
    await redis.config_set("maxmemory", "1")
