"""Passes planned edits of dry runs to the `relist plan` that requested them.

There is one stream per run. The reader empties it; an abandoned stream is bounded and expires.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from model.job import Job
from model.outcome import Reason
from redis_client.connect import AnyRedis
from relisting.fingerprint import fingerprint, product_fingerprint
from relisting.old_category import old_category
from relisting.planned import AlreadyMigrated, Gone, NeedsInput, Plan, Waiting

PLAN_VERSION = 2
"""Version in the header line of a plan file."""
LIFE_SECONDS = 3600
MAX_WAITING = 100_000


def plan_key(run_id: str) -> str:
    return f"relist:plan:{run_id}"


class Plans:
    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis

    async def publish(self, job: Job, product: dict[str, Any], plan: Plan, fields: Sequence[str] = ()) -> None:
        """Publishes a plan if the job belongs to a run; a dry run without a run ID has no reader.

        `fields`: those of the product whose first edit in a leaf the rollout reads back.
        """
        if not job.run_id:
            return
        key, raw = plan_key(job.run_id), orjson.dumps(plan_entry(job, product, plan, fields))
        await self._redis.execute_command("XADD", key, "MAXLEN", "~", MAX_WAITING, "*", "product", raw)
        await self._redis.execute_command("EXPIRE", key, LIFE_SECONDS)


def plan_entry(job: Job, product: dict[str, Any], plan: Plan, fields: Sequence[str] = ()) -> dict[str, Any]:
    """A line of a plan file. Pure."""
    about = {"shop_id": job.shop_id, "product_id": job.product_id, "title": product.get("title")}
    about["old_category"] = old_category(product)[0]
    if job.origin_category:
        about["origin_category"] = job.origin_category
    if isinstance(plan, NeedsInput):
        return {**about, "ready": False, "reasons": [_reason(reason) for reason in plan.reasons]}
    if isinstance(plan, Waiting | Gone):
        return {**about, "ready": False, "reasons": [_reason(plan.reason)]}
    if isinstance(plan, AlreadyMigrated):
        return {**about, "ready": False, "already_v2": plan.proof, "reasons": []}
    hints: dict[str, Any] = {"category_id": job.category_id, "brand_id": job.brand_id}
    hints |= {"attributes": list(job.attributes), "fields": job.fields}
    return {
        **about,
        "ready": True,
        "category_id": plan.category_id,
        "rule": plan.rule,
        "evidence": dict(plan.evidence),
        "changes": list(plan.changes),
        "warnings": list(plan.warnings),
        "hints": {name: value for name, value in hints.items() if value},
        "fields": list(fields),
        "plan": {"product": product_fingerprint(product), "edit": fingerprint(plan.body)},
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {**reason.record(), "form": asdict(reason.form) if reason.form else None}
