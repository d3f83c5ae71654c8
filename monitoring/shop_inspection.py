"""Inspects all shops once an hour, by one gateway at a time, for metrics and the web UI.

`relist doctor` makes the same inspection (authorisation/inspection.py). The result is kept in Redis, so every gateway
shows it.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass

import orjson
import structlog
from prometheus_client.core import Metric

from authorisation.inspection import WARNINGS, Inspection, inspect_shops
from config.metrics.series import family
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore

log = structlog.get_logger("relist.fleet")

KEY, LOCK = "relist:fleet:inspection", "relist:fleet:inspecting"
INTERVAL_SECONDS = 3600.0
FIRST_SECONDS = 300.0
"""After the start of a gateway, when the shops of a new fleet have been connected."""
KEPT_SECONDS = 3 * 3600
MAX_NAMED = 20


@dataclass(frozen=True, slots=True)
class ShopProblem:
    cause: str
    what: str
    fix: str
    count: int
    shops: tuple[str, ...]
    """The first MAX_NAMED shops."""
    is_warning: bool


class ShopInspections:
    """`transport` must be open while `run` runs."""

    def __init__(self, redis: AnyRedis, cipher: TokenCipher, transport: Transport) -> None:
        self._redis, self._transport = redis, transport
        self._tokens = TokenStore(redis, cipher, transport, transport.now)

    async def run(self) -> None:
        """Inspect until cancelled. An inspection that fails is repeated later."""
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            try:
                if await self._redis.execute_command("SET", LOCK, 1, "NX", "EX", int(INTERVAL_SECONDS)):
                    await self.inspect()
            except REDIS_UNAVAILABLE as error:
                log.warning("inspection_failed", error=type(error).__name__)
            except Exception:
                # Webhooks and intake must continue; the last result expires.
                log.exception("inspection_failed")
            await asyncio.sleep(FIRST_SECONDS)

    async def inspect(self) -> None:
        """Inspect once and keep the result. Raises RedisError."""
        shops = await ShopRegistry(self._redis).all()
        problems = problems_of(await inspect_shops(self._transport, self._tokens, shops, self._transport.now))
        body = orjson.dumps([asdict(each) for each in problems])
        await self._redis.execute_command("SET", KEY, body, "EX", KEPT_SECONDS)


def problems_of(inspection: Inspection) -> list[ShopProblem]:
    """Return the problems, those that stop work first. Pure."""
    problems = [
        ShopProblem(cause.slug, cause.what, cause.fix, len(ids), tuple(sorted(ids))[:MAX_NAMED], cause.slug in WARNINGS)
        for cause, ids in inspection.found.items()
    ]
    return sorted(problems, key=lambda each: (each.is_warning, -each.count, each.what))


async def read_problems(redis: AnyRedis) -> list[ShopProblem]:
    """Return the problems of the last inspection; none if it is too old. Raises RedisError."""
    body = await redis.execute_command("GET", KEY)
    return [ShopProblem(**{**each, "shops": tuple(each["shops"])}) for each in orjson.loads(body)] if body else []


async def problem_families(redis: AnyRedis) -> list[Metric]:
    """Return the number of shops by cause. Raises RedisError."""
    counts: dict[tuple[str], float] = {}
    for each in await read_problems(redis):
        counts[(each.cause,)] = counts.get((each.cause,), 0.0) + each.count
    return [family("relist_shop_problems", counts)]
