"""Inspects all shops once an hour, and shops with a problem every five minutes, for metrics and the web UI.

When a person resumes or connects shops, the shops with a problem are inspected within seconds.

`relist doctor` makes the same inspection (authorisation/inspection.py). One gateway inspects at a time. The result is
kept in Redis, so every gateway shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import orjson
import structlog
from prometheus_client.core import Metric

from authorisation.inspection import WARNINGS, Inspection, inspect_shops
from config.metrics.series import family
from model.shop import Shop
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.inspection_request import REPEATED
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore

log = structlog.get_logger("relist.fleet")

KEY, LOCK = "relist:fleet:inspection", "relist:fleet:inspecting"
INTERVAL_SECONDS = 3600.0
FIRST_SECONDS = 300.0
"""From the start of a gateway to its first inspection, so that the shops of a new fleet are connected by then."""
AGAIN_SECONDS = 300.0
"""Interval for shops with a problem, so that solved problems disappear soon."""
POLL_SECONDS = 10.0
KEPT_SECONDS = 3 * 3600
MAX_KEPT = 1000
MAX_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class ShopProblem:
    cause: str
    what: str
    fix: str
    count: int
    shops: tuple[str, ...]
    """The first MAX_KEPT shops."""
    is_warning: bool
    since: float = 0.0
    """Unix time of the first inspection that found the cause, in whatever shops; 0 if unknown."""


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
                elif await self._redis.execute_command("SET", REPEATED, 1, "NX", "EX", int(AGAIN_SECONDS)):
                    await self.inspect_again()
            except REDIS_UNAVAILABLE as error:
                log.warning("inspection_failed", error=type(error).__name__)
            except Exception:
                # Webhooks and intake must continue; the last result expires.
                log.exception("inspection_failed")
            await asyncio.sleep(POLL_SECONDS)

    async def inspect(self) -> None:
        """Inspect once and keep the result. Raises RedisError."""
        shops = await ShopRegistry(self._redis).all()
        before = await read_problems(self._redis)
        await self._keep(before, problems_of(await self._ask(shops)), KEPT_SECONDS)

    async def inspect_again(self) -> None:
        """Inspect only the shops halted by a problem. Raises RedisError."""
        before = await read_problems(self._redis)
        ids = {shop_id for each in before if not each.is_warning for shop_id in each.shops}
        if not ids:
            return
        if any(each.count > len(each.shops) for each in before if not each.is_warning):
            await self.inspect()
            return
        shops = [shop for shop in await ShopRegistry(self._redis).all() if shop.shop_id in ids]
        left = max(1, int(await self._redis.execute_command("TTL", KEY)))
        await self._keep(before, merged(before, problems_of(await self._ask(shops)), ids), left)

    async def _ask(self, shops: list[Shop]) -> Inspection:
        return await inspect_shops(self._transport, self._tokens, shops, self._transport.now)

    async def _keep(self, before: Sequence[ShopProblem], problems: Sequence[ShopProblem], seconds: int) -> None:
        body = orjson.dumps([asdict(each) for each in dated(before, problems, self._transport.now())])
        await self._redis.execute_command("SET", KEY, body, "EX", seconds)


def problems_of(inspection: Inspection) -> list[ShopProblem]:
    """Return the problems, beginning with those that stop work. Pure."""
    problems = [
        ShopProblem(cause.slug, cause.what, cause.fix, len(ids), tuple(sorted(ids))[:MAX_KEPT], cause.slug in WARNINGS)
        for cause, ids in inspection.found.items()
    ]
    return _ordered(problems)


def merged(before: Sequence[ShopProblem], now: Sequence[ShopProblem], asked: Collection[str]) -> list[ShopProblem]:
    """Return the problems, updated for the shops in `asked`, which were inspected again with the result `now`. Pure."""
    shops: dict[tuple[str, str, str, bool], set[str]] = {}
    more: dict[tuple[str, str, str, bool], int] = {}
    for each in before:
        kept, key = set(each.shops) - set(asked), (each.cause, each.what, each.fix, each.is_warning)
        if kept:
            shops[key], more[key] = kept, each.count - len(each.shops)
    for each in now:
        shops.setdefault((each.cause, each.what, each.fix, each.is_warning), set()).update(each.shops)
    return _ordered(
        ShopProblem(cause, what, fix, len(ids) + more.get(key, 0), tuple(sorted(ids))[:MAX_KEPT], is_warning)
        for key, ids in shops.items()
        for cause, what, fix, is_warning in (key,)
    )


def dated(before: Sequence[ShopProblem], problems: Sequence[ShopProblem], now: float) -> list[ShopProblem]:
    """Return the problems with the time since when their causes are known: `now` for new ones. Pure."""
    since = {each.cause: each.since for each in reversed(before) if each.since}
    return [replace(each, since=since.get(each.cause, now)) for each in problems]


def _ordered(problems: Iterable[ShopProblem]) -> list[ShopProblem]:
    return sorted(problems, key=lambda each: (each.is_warning, -each.count, each.what))


async def read_problems(redis: AnyRedis) -> list[ShopProblem]:
    """Return the problems of the last inspection; none if it is too old. Raises RedisError."""
    body = await redis.execute_command("GET", KEY)
    return [ShopProblem(**{**each, "shops": tuple(each["shops"])}) for each in orjson.loads(body)] if body else []


async def problem_families(redis: AnyRedis) -> list[Metric]:
    """Return the number of shops by cause with the first of them as examples, and since when. Raises RedisError."""
    counts: dict[str, float] = {}
    shops: dict[str, list[str]] = {}
    since: dict[tuple[str, ...], float] = {}
    for each in await read_problems(redis):
        counts[each.cause] = counts.get(each.cause, 0.0) + each.count
        shops.setdefault(each.cause, []).extend(each.shops)
        if each.since:
            since[each.cause,] = each.since
    examples = {cause: ", ".join(sorted(ids)[:MAX_EXAMPLES]) for cause, ids in shops.items()}
    return [
        family("relist_shop_problems", {(cause, examples[cause]): count for cause, count in counts.items()}),
        family("relist_shop_problem_since_timestamp_seconds", since),
    ]
