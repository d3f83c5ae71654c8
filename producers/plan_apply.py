"""Enqueues the edits of a plan exactly as planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model.job import Job
from model.job_state import RelistState, load_plan
from producers.feed_entry import BadJob, parse_job
from producers.plan_file import BadPlan, Plan
from redis_client.connect import AnyRedis
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry


def ready_entries(plan: Plan) -> list[dict[str, Any]]:
    """The edits of a plan that can be sent. Raises BadPlan, which names the product. Pure."""
    entries = [entry for entry in plan.entries if entry["ready"]]
    for entry in entries:
        try:
            parse_job(_as_intake_job(entry))
        except BadJob as problem:
            raise BadPlan(f"product {entry['product_id']}: {problem}") from None
    return entries


def apply_run_id(plan: Plan) -> str:
    """The run of a plan's edits; repetitions have the same run. Pure."""
    return f"apply-{plan.run_id}"


async def apply_entries(redis: AnyRedis, entries: Sequence[dict[str, Any]], run_id: str) -> Enqueued:
    """Enqueue the edits. A repetition adds nothing while they wait or run.

    Raises UnknownShop, NoMemoryLeft, CorruptLane, and one of REDIS_UNAVAILABLE.
    """
    registry = ShopRegistry(redis)
    for shop_id in {entry["shop_id"] for entry in entries}:
        await registry.get(shop_id)
    return await LaneProducer(redis, "apply").enqueue(EnqueueRequest(_job(entry, run_id)) for entry in entries)


def _job(entry: dict[str, Any], run_id: str) -> Job:
    hints = entry.get("hints") or {}
    return Job(
        entry["shop_id"],
        entry["product_id"],
        run_id=run_id,
        category_id=entry["category_id"],
        brand_id=hints.get("brand_id", ""),
        attributes=tuple(hints.get("attributes") or ()),
        fields=hints.get("fields") or None,
        state=RelistState(plan=load_plan(entry["plan"])),
    )


def _as_intake_job(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a plan line in the format of the intake stream, to be checked like one."""
    hints = entry.get("hints") or {}
    given = {name: hints.get(name) for name in ("brand_id", "attributes")} if isinstance(hints, dict) else {"hints": 1}
    return {name: entry[name] for name in ("shop_id", "product_id", "category_id")} | given
