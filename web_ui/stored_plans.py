"""Plan files that await approval, kept in Redis for a week."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from hashlib import sha256

import orjson

from producers.plan_apply import ready_entries
from producers.plan_file import BadPlan, Plan, read_plan
from redis_client.connect import AnyRedis

KEY = "relist:web:plans"
KEPT_SECONDS = 7 * 24 * 3600
MAX_PLANS = 20
MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of an unpacked plan file; uploads have a separate limit."""


class TooManyPlans(Exception):
    """Apply or remove a plan first."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    id: str
    run_id: str
    products: int
    ready: int
    shops: int
    missing: int
    """Lines that were deleted from the file."""
    by: str
    at: str
    applied: str = ""
    """When and by whom it was applied."""


class StoredPlans:
    """Every method raises RedisError."""

    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis

    async def add(self, content: bytes, plan: Plan, by: str, at: str) -> StoredPlan:
        """A plan that is already stored keeps its place. Raises TooManyPlans, BadPlan."""
        plan_id = sha256(content).hexdigest()[:24]
        known = await self.get(plan_id)
        if known is not None:
            return known
        if len(await self.all()) >= MAX_PLANS:
            raise TooManyPlans
        entries = ready_entries(plan)
        shops = len({entry["shop_id"] for entry in entries})
        stored = StoredPlan(plan_id, plan.run_id, len(plan.entries), len(entries), shops, plan.missing, by, at)
        packed = zlib.compress(content, 6)
        await self._redis.execute_command("SET", self._content(plan_id), packed, "EX", KEPT_SECONDS)
        await self._put(stored)
        return stored

    async def all(self) -> list[StoredPlan]:
        """The newest first, without those whose week is over."""
        stored = await self._redis.hgetall(KEY)  # type: ignore[misc]
        plans = []
        for plan_id, body in stored.items():
            if await self._redis.execute_command("EXISTS", self._content(plan_id.decode())):
                plans.append(StoredPlan(plan_id.decode(), **orjson.loads(body)))
            else:
                await self._redis.execute_command("HDEL", KEY, plan_id)
        return sorted(plans, key=lambda each: each.at, reverse=True)

    async def get(self, plan_id: str) -> StoredPlan | None:
        body = await self._redis.execute_command("HGET", KEY, plan_id)
        return StoredPlan(plan_id, **orjson.loads(body)) if body is not None else None

    async def content(self, plan_id: str) -> Plan:
        """Raises BadPlan if its week is over."""
        packed = await self._redis.execute_command("GET", self._content(plan_id))
        if packed is None:
            raise BadPlan("the plan is older than a week; upload it again")
        return parsed_plan(zlib.decompress(packed))

    async def note_applied(self, plan: StoredPlan, applied: str) -> None:
        fields = {name: getattr(plan, name) for name in StoredPlan.__slots__ if name != "applied"}
        await self._put(StoredPlan(**fields, applied=applied))

    async def remove(self, plan_id: str) -> None:
        await self._redis.execute_command("HDEL", KEY, plan_id)
        await self._redis.execute_command("DEL", self._content(plan_id))

    async def _put(self, plan: StoredPlan) -> None:
        body = {name: getattr(plan, name) for name in StoredPlan.__slots__ if name != "id"}
        await self._redis.execute_command("HSET", KEY, plan.id, orjson.dumps(body))

    @staticmethod
    def _content(plan_id: str) -> str:
        return f"{KEY}:{plan_id}"


def parsed_plan(content: bytes) -> Plan:
    """Raises BadPlan. Pure."""
    if len(content) > MAX_BYTES:
        raise BadPlan(f"the file is too large; the limit is {MAX_BYTES // 1024**2} MiB")
    return read_plan(io.BytesIO(content))
