"""The engine of one worker process: holds shops, starts each job at its moment, commits the ends in groups.

Four loops share the state in this class and never wait for one another: leases (take, renew, release), dispatch (start
what can send now), claims (refill the buffers, many shops a round trip) and commits (one transaction a shop). A heap
orders the held shops by the time of their next start, so a throttled shop costs nothing while it waits.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

import structlog
from redis.exceptions import RedisError

from shop_queue.connect import AnyRedis
from shop_queue.holder import Commit, FencedError, HandBack, LaneHolder
from shop_queue.job import Job
from shop_queue.leases import Lease, Leases
from shop_queue.outcome import Outcome, Reason
from worker.engine.held_shop import HeldShop
from worker.engine.job_kind import JobKind
from worker.engine.observer import Observer
from worker.engine.results import Park, Result, Retry
from worker.engine.settle import finish, settle
from worker.engine.shop_gate import Access, JobGate, ShopPacing

log = structlog.get_logger("relist.engine")

TAKE_AT_ONCE = 16
"""Shops a take asks for: few, so that workers that start together share."""
MOST_CLAIMED = 500
COMMIT_GATHER_SECONDS = 0.002
MOST_COMMITTED = 500
RECONNECT_SECONDS = 0.2
DEADLY_INTERRUPTIONS = 3
"""A job that three workers died holding is not given a fourth."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    max_jobs: int = 100
    lease_seconds: float = 30.0
    slice_seconds: float = 5.0
    """How long a shop is kept while others wait."""
    max_shops: int = 1000
    default_rate: float = 10.0
    max_rate: float = 50.0
    max_attempts: int = 5
    outcomes_maxlen: int = 1_000_000


class LaneEngine:
    def __init__(
        self,
        redis: AnyRedis,
        worker_id: str,
        kinds: Mapping[str, JobKind],
        options: EngineOptions,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.held: dict[str, HeldShop] = {}
        self.slots = options.max_jobs
        self._leases = Leases(redis, worker_id, options.lease_seconds)
        self._holder = LaneHolder(redis, options.outcomes_maxlen)
        self._kinds = kinds
        self._options = options
        self._observer = observer or Observer()
        self._clock = clock
        self._heap: list[tuple[float, int, HeldShop]] = []
        self._order = count()
        self._dispatch_now = asyncio.Event()
        self._commit_now = asyncio.Event()
        self._look_for_shops = asyncio.Event()
        self._dirty: set[HeldShop] = set()
        self._releasing: list[HeldShop] = []
        self._claims: set[asyncio.Task[None]] = set()
        self._started_at: dict[asyncio.Task[None], float] = {}
        self._draining = False
        self._last_renewal = clock()

    async def run(self) -> None:
        """Works until cancelled or drained."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._lease_loop())
            loops.create_task(self._dispatch_loop())
            loops.create_task(self._commit_loop())
            loops.create_task(self._timeout_loop())

    def wake(self) -> None:
        """Somebody says that there may be shops to take."""
        self._look_for_shops.set()

    def reconsider(self, shop_id: str) -> None:
        """Somebody changed this shop's state or limit: look at the lane again at once."""
        if shop := self.held.get(shop_id):
            shop.waiting = max(shop.waiting, 1)
            self._dispatch_now.set()

    async def drain(self, grace_seconds: float) -> None:
        """Stops claiming, lets what runs finish within the grace time, hands everything else back at once."""
        self._draining = True
        for shop in list(self.held.values()):
            self._close(shop)
        deadline = self._clock() + grace_seconds
        while self.held and self._clock() < deadline:
            self._look_for_shops.set()
            await asyncio.sleep(0.01)
        for shop in list(self.held.values()):
            for task in list(shop.running.values()):
                task.cancel()
        last = self._clock() + 2.0
        while self.held and self._clock() < last:
            self._look_for_shops.set()
            await asyncio.sleep(0.01)

    # --- leases -----------------------------------------------------------------------------------------------------

    async def _lease_loop(self) -> None:
        while True:
            self._look_for_shops.clear()
            try:
                pause = await self._tend_leases()
            except RedisError as error:
                self._observer.redis_away(type(error).__name__)
                pause = RECONNECT_SECONDS
                await asyncio.sleep(pause)
            await self._wait(self._look_for_shops, pause)

    async def _tend_leases(self) -> float:
        """One round: release, renew, take. Returns the seconds until the next."""
        options = self._options
        await self._release_closed()
        if self._clock() - self._last_renewal > options.lease_seconds / 3 and self.held:
            for shop_id in await self._leases.renew([shop.lease for shop in self.held.values()]):
                self._drop(self.held[shop_id])
            self._last_renewal = self._clock()
        if self._draining:
            return 0.05
        room = min(TAKE_AT_ONCE, options.max_shops - len(self.held))
        taken = await self._leases.take(room, len(self.held))
        await asyncio.gather(*(self._open(lease) for lease in taken.leases))
        self._yield_to_others(taken.fair_share, taken.shops_waiting)
        if len(taken.leases) == room and taken.shops_waiting:
            return 0.0
        return min(1.0, options.lease_seconds / 6, taken.next_due_seconds or 1.0)

    def _yield_to_others(self, fair_share: int, shops_waiting: int) -> None:
        """Closes shops above the fair share, and those whose slice is over while others wait."""
        now = self._clock()
        over = [shop for shop in self.held.values() if not shop.closing and shop.slice_ends <= now]
        over.sort(key=lambda shop: shop.slice_ends)
        excess = len(self.held) - fair_share
        if excess > 0:
            count_to_close = excess
        else:
            count_to_close = shops_waiting if len(self.held) >= min(fair_share, self._options.max_shops) else 0
        for shop in over[:count_to_close]:
            self._close(shop)

    async def _open(self, lease: Lease) -> None:
        try:
            opened = await self._holder.open(lease)
        except FencedError:
            return
        now = self._clock()
        options = self._options
        pacing = ShopPacing(opened.pace, options.default_rate, options.max_rate, now, opened.limit)
        shop = HeldShop(lease, pacing, now + options.slice_seconds)
        self.held[lease.shop_id] = shop
        self._observer.lease_taken(lease.shop_id, opened.recovered)
        if opened.state != "active":
            shop.release_in, shop.rests = opened.until_seconds, True
            self._close(shop)
        self._dispatch_now.set()

    def _close(self, shop: HeldShop) -> None:
        """Starts no more of the shop's jobs; it is released when nothing of it is left here."""
        shop.closing = True
        # The last one handed back becomes the head, so the order is kept by going backwards.
        while shop.buffer:
            job, _ = shop.buffer.pop()
            shop.finished.append(HandBack(job.id))
        self._after_change(shop)

    def _drop(self, shop: HeldShop) -> None:
        """The lease is another worker's now: whatever was not committed is that worker's to do again."""
        shop.closing = True
        shop.buffer.clear()
        shop.finished.clear()
        self.held.pop(shop.shop_id, None)
        self._dirty.discard(shop)
        for task in list(shop.running.values()):
            task.cancel()
        self._observer.lease_lost(shop.shop_id)

    async def _release_closed(self) -> None:
        batch = [shop for shop in self._releasing if shop.idle and self.held.get(shop.shop_id) is shop]
        if not batch:
            self._releasing.clear()
            return
        releases = []
        for shop in batch:
            due = shop.release_in if shop.rests else 0.0 if shop.waiting else shop.next_due
            releases.append((shop.lease, due))
        await self._leases.release(releases)
        self._releasing = [shop for shop in self._releasing if shop not in batch]
        for shop in batch:
            self.held.pop(shop.shop_id, None)
            self._observer.lease_released(shop.shop_id)

    # --- dispatch ---------------------------------------------------------------------------------------------------

    async def _dispatch_loop(self) -> None:
        while True:
            self._dispatch_now.clear()
            now = self._clock()
            while self._heap and self.slots > 0 and self._heap[0][0] <= now:
                _, _, shop = heapq.heappop(self._heap)
                shop.scheduled = False
                self._start_due(shop, now)
            self._refill()
            due = self._heap[0][0] - self._clock() if self._heap and self.slots > 0 else 1.0
            await self._wait(self._dispatch_now, min(due, 1.0))

    def _start_due(self, shop: HeldShop, now: float) -> None:
        """Starts jobs of the shop while they can send now; a few at most before the other shops have their turn."""
        for _ in range(8):
            if shop.closing or not shop.buffer or self.slots <= 0:
                break
            job, _deaths = shop.buffer[0]
            kind = self._kinds[job.kind]
            first = kind.first_access(job)
            if shop.pacing.next_start(now, first, kind.writes) > now:
                break
            shop.buffer.popleft()
            if first is not None:
                shop.pacing.paces[first].reserve(now)
            self._start(shop, job, kind, first)
        self._schedule(shop)

    def _schedule(self, shop: HeldShop) -> None:
        if shop.scheduled or shop.closing or not shop.buffer:
            return
        job, _ = shop.buffer[0]
        kind = self._kinds[job.kind]
        at = shop.pacing.next_start(self._clock(), kind.first_access(job), kind.writes)
        shop.scheduled = True
        heapq.heappush(self._heap, (at, next(self._order), shop))

    def _start(self, shop: HeldShop, job: Job, kind: JobKind, first: Access | None) -> None:
        self.slots -= 1
        if kind.writes:
            shop.pacing.expected_writes += 1
        task = asyncio.create_task(self._run_job(shop, job, kind, first))
        shop.running[job.id] = task
        self._started_at[task] = self._clock() + kind.timeout_seconds

    async def _run_job(self, shop: HeldShop, job: Job, kind: JobKind, first: Access | None) -> None:
        self._observer.job_started(job)
        began = self._clock()
        task = shop.running[job.id]
        result: Result | None = None
        try:
            result = await kind.run(job, JobGate(shop.pacing, first, self._clock))
        except asyncio.CancelledError:
            if self._clock() >= self._started_at.get(task, float("inf")):
                result = Retry(f"took longer than {kind.timeout_seconds:g} s", code="timeout")
        except Exception as error:
            log.exception("job_crashed", shop_id=job.shop_id, job_id=job.id, kind=job.kind)
            result = Retry(f"unexpected {type(error).__name__}", code="bug")
        self.slots += 1
        if kind.writes:
            shop.pacing.expected_writes -= 1
        shop.running.pop(job.id, None)
        self._started_at.pop(task, None)
        if result is None:
            shop.finished.append(HandBack(job.id))
        else:
            self._observer.job_ended(job, result, self._clock() - began)
            if isinstance(result, Park):
                await self._park(shop, result)
            shop.finished.append(settle(job, result, self._options.max_attempts, is_product=kind.is_product))
        self._after_change(shop)

    async def _park(self, shop: HeldShop, park: Park) -> None:
        if shop.rests:
            return
        shop.rests, shop.release_in = True, park.seconds
        self._observer.shop_parked(shop.shop_id, park.reason)
        self._close(shop)
        try:
            await self._holder.park(shop.lease, park.reason, park.seconds)
        except FencedError:
            self._drop(shop)

    # --- claims -----------------------------------------------------------------------------------------------------

    def _wanted(self, shop: HeldShop) -> int:
        """Jobs the buffer should hold: about a second's work, since what is claimed can not be overtaken."""
        rate = shop.pacing.paces["read"].rate
        if rate >= MOST_CLAIMED:
            return max(8, min(MOST_CLAIMED, 2 * self._options.max_jobs // max(1, len(self.held))))
        return max(2, int(rate) + 1)

    def _refill(self) -> None:
        wants = []
        for shop in self.held.values():
            if shop.closing or shop.claiming or self._draining:
                continue
            wanted = self._wanted(shop)
            if len(shop.buffer) * 2 > wanted:
                continue
            if shop.waiting or (shop.next_due is not None and shop.next_due <= 0):
                shop.claiming = True
                wants.append((shop, wanted - len(shop.buffer)))
            else:
                self._after_change(shop)
        if wants:
            task = asyncio.create_task(self._claim(wants))
            self._claims.add(task)
            task.add_done_callback(self._claims.discard)

    async def _claim(self, wants: list[tuple[HeldShop, int]]) -> None:
        try:
            replies = await self._holder.claim([(shop.lease, wanted) for shop, wanted in wants])
        except RedisError as error:
            self._observer.redis_away(type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)
            replies = []
        for (shop, _), claimed in zip(wants, replies, strict=False):
            if isinstance(claimed, FencedError):
                self._drop(shop)
                continue
            shop.waiting, shop.next_due = claimed.waiting, claimed.next_due_seconds
            shop.pacing.set_limit(claimed.limit)
            for job, deaths in claimed.jobs:
                if deaths >= DEADLY_INTERRUPTIONS or job.kind not in self._kinds:
                    why = f"{deaths} workers died holding it" if deaths else f"no worker knows kind {job.kind}"
                    shop.finished.append(finish(job, _failed(why)))
                else:
                    shop.buffer.append((job, deaths))
            for job_id, problem in claimed.unreadable:
                shop.finished.append(finish(Job(shop.shop_id, job_id), _failed(f"unreadable payload: {problem}")))
            if claimed.state != "active":
                shop.rests = True
                shop.closing = True
            if shop.closing:
                self._close(shop)
        for shop, _ in wants:
            shop.claiming = False
            self._schedule(shop)
            self._after_change(shop)

    def _after_change(self, shop: HeldShop) -> None:
        """Wakes whichever loop has something to do for this shop now."""
        if shop.finished:
            self._dirty.add(shop)
            self._commit_now.set()
        elif shop.idle and self.held.get(shop.shop_id) is shop:
            resting = not shop.waiting and (shop.next_due is None or shop.next_due > 0)
            if shop.closing or resting:
                shop.closing = True
                if shop not in self._releasing:
                    self._releasing.append(shop)
                self._look_for_shops.set()
        self._dispatch_now.set()

    # --- commits ----------------------------------------------------------------------------------------------------

    async def _commit_loop(self) -> None:
        while True:
            await self._commit_now.wait()
            await asyncio.sleep(COMMIT_GATHER_SECONDS)
            self._commit_now.clear()
            batch = [(shop, shop.finished[:MOST_COMMITTED]) for shop in self._dirty if shop.finished]
            self._dirty.clear()
            if not batch:
                continue
            began = self._clock()
            for shop, _ in batch:
                shop.committing = True
            commits = [Commit(shop.lease, operations, shop.pacing.learned()) for shop, operations in batch]
            while True:
                try:
                    replies = await self._holder.commit(commits)
                    break
                except RedisError as error:
                    self._observer.redis_away(type(error).__name__)
                    await asyncio.sleep(RECONNECT_SECONDS)
            self._observer.committed(sum(len(operations) for _, operations in batch), self._clock() - began)
            for (shop, operations), reply in zip(batch, replies, strict=True):
                shop.committing = False
                if isinstance(reply, FencedError):
                    self._drop(shop)
                    continue
                del shop.finished[: len(operations)]
                shop.waiting, shop.next_due = reply.waiting, reply.next_due_seconds
                self._after_change(shop)

    # --- time -------------------------------------------------------------------------------------------------------

    async def _timeout_loop(self) -> None:
        """Ends jobs that take too long; and shops whose next delayed job is due are looked at again."""
        while True:
            await asyncio.sleep(0.5)
            now = self._clock()
            for task, ends in list(self._started_at.items()):
                if ends <= now:
                    task.cancel()
            for shop in self.held.values():
                if shop.next_due is not None and not shop.waiting:
                    shop.next_due -= 0.5
            self._dispatch_now.set()

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        """Until the event or for so long; always lets the others run."""
        if seconds <= 0 or event.is_set():
            await asyncio.sleep(0)
            return
        timer = asyncio.get_running_loop().call_later(seconds, event.set)
        try:
            await event.wait()
        finally:
            timer.cancel()


def _failed(why: str) -> Outcome:
    return Outcome("failed", reasons=(Reason(code="engine", message=why, actor="operator"),))
