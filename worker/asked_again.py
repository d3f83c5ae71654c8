"""Processes products again once their proposals are certified, so that early questions do not stay open.

The first products of a leaf are asked about because too few tests exist. When the tests suffice, the same products
need no person any more. Each product is processed again at most once; after that only `relist retry` repeats it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

import structlog
from redis.exceptions import OutOfMemoryError

from model.blocked_product import BlockedProduct
from model.job import Job
from model.job_state import RelistState, state_of
from proposals.risk import Certificate, Verdict, is_checked
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.blocked_products import queued_of, read_blocked
from shop_queue.producer import EnqueueRequest, LaneProducer

LIFE_SECONDS = 30 * 86_400
MAX_NOTED = 5_000
"""Maximum number of products noted per leaf and group of proposals."""
AT_ONCE = 100
CHECK_SECONDS = 10.0
"""Seconds between two checks of the same leaf by products that are complete."""
MAX_LEAVES = 2_000

log = structlog.get_logger("relist.jobs")

Group = tuple[str, str, str]
"""Region, leaf (or group of leaves) and group of proposals."""


class AskedAgain:
    """Methods raise RedisError."""

    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._producer = LaneProducer(redis, "certified")
        self._due: OrderedDict[Group, float] = OrderedDict()
        """Groups with noted products -> time of the next check."""

    async def asked(self, group: Group, job: Job, verdict: Verdict, name: str, *, is_only_question: bool) -> None:
        """Call this when a product is asked about a proposal of the group: the product is noted, or those noted before
        are requeued because the group is certified by now.

        `name` is that of the proposal within the product. Products drawn for a check are asked in any case.
        """
        if job.dry_run:
            return
        if isinstance(verdict, Certificate):
            await self.requeue(group)
        elif is_only_question and not is_checked(f"{job.shop_id}/{job.product_id}/{name}"):
            await self.note(group, job)

    async def note(self, group: Group, job: Job) -> None:
        """Notes a product that is asked about only because this group is not certified yet."""
        if job.dry_run or state_of(job.state, RelistState).looks_again:
            return
        key = _key(group)
        if int(await self._redis.execute_command("SCARD", key)) >= MAX_NOTED:
            return
        try:
            await self._redis.execute_command("SADD", key, f"{job.shop_id} {job.product_id}")
        except OutOfMemoryError as full:
            # Finishing the job frees memory; the product waits for `relist retry`.
            log.warning("not_asked_again", error=str(full))
            return
        await self._redis.execute_command("EXPIRE", key, LIFE_SECONDS)
        self._due.setdefault(group, self._clock() + CHECK_SECONDS)
        while len(self._due) > MAX_LEAVES:
            self._due.popitem(last=False)

    async def check(self, group: Group, verdict: Callable[[], Verdict]) -> None:
        """Requeues the noted products of a group that is certified by now. Cheap if there are none."""
        due = self._due.get(group)
        if due is None or self._clock() < due:
            return
        self._due[group] = self._clock() + CHECK_SECONDS
        if isinstance(verdict(), Certificate):
            await self.requeue(group)

    async def requeue(self, group: Group) -> None:
        """Enqueues up to `AT_ONCE` of the noted products that still wait for a person.

        An error must not end the job, which may concern another shop: the products then wait for `relist retry`.
        """
        try:
            await self._requeue(group)
        except REDIS_UNAVAILABLE as error:
            log.warning("not_asked_again", error=str(error))

    async def _requeue(self, group: Group) -> None:
        key = _key(group)
        taken = await self._redis.execute_command("SPOP", key, AT_ONCE)
        if len(taken) < AT_ONCE:
            self._due.pop(group, None)
        if not taken:
            return
        blocked = await read_blocked(self._redis, [_pair(bytes(each).decode()) for each in taken])
        # The job that noted a product may not have committed its question yet.
        for (shop_id, product_id), each in blocked.items():
            if each is None and await queued_of(self._redis, shop_id, [product_id]):
                await self._redis.execute_command("SADD", key, f"{shop_id} {product_id}")
                self._due.setdefault(group, self._clock() + CHECK_SECONDS)
        jobs = [each.retry() for each in blocked.values() if each is not None and _is_question(each)]
        await self._producer.enqueue(EnqueueRequest(job) for job in jobs)


def _is_question(product: BlockedProduct) -> bool:
    return product.outcome == "needs_input" and product.can_be_retried and not product.is_dry_run


def _pair(text: str) -> tuple[str, str]:
    shop_id, _, product_id = text.partition(" ")
    return shop_id, product_id


def _key(group: Group) -> str:
    region, leaf, name = group
    return f"relist:catalogue:{region}:{leaf}:uncertified:{name}"
