"""Promises of the scripts of a lane: fences, claims, delays, the order after a crash, and their replies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from shop_queue.keys import lane_keys
from tests.simulation.commit_arguments import CommitOperation, operations_of

if TYPE_CHECKING:
    from tests.simulation.worlds import World

RESOLUTION_MS = 2.0
RATES = 2
"""The argument of commit.lua with the learned rates."""
FIRST_JOB, PARTS = 2, 6
"""Arguments of enqueue.lua."""


class LaneOracles:
    """Each method checks a script by the arguments and the reply of a call that was not refused."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.keys = cache(lambda shop: lane_keys(shop, own_outbox=world.plan.size.relays))
        self._claimed: dict[str, dict[bytes, bytes]] = {}
        """Shop -> job in flight -> fence of its claim, in the order of the claims."""
        self._committed: dict[tuple[str, bytes], int] = {}
        """Shop and fence -> number of the last commit."""
        self._due: dict[str, dict[bytes, float]] = {}
        """Shop -> delayed job -> server time in ms before which it must not be claimed."""

        self._crashes: dict[tuple[str, bytes], int] = {}
        """Shop and job in flight -> its crash count at its claim; negative once it has started (start.lua)."""

    def forget(self) -> None:
        self._crashes.clear()
        self._committed.clear()
        self._claimed.clear()
        self._due.clear()

    def fenced(self, name: str, shop: str, fence: bytes) -> None:
        """An empty fence is an operator's."""
        stored = self._peek(self.keys(shop).control).get(b"fence")
        if fence and stored != fence:
            self._report(f"fencing: {name} of shop {shop} was accepted with fence {fence!r}, the lane has {stored!r}")

    def open(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        control = self._peek(self.keys(shop).control)
        if control.get(b"state") == b"active" and control.get(b"until"):
            self._report(f"park: shop {shop} is active again, and its park still has an end")
        if not set(self._claimed.get(shop, {}).values()) - {args[0]}:
            return
        before = self._claimed.pop(shop, {})
        head = self._world.run("LRANGE", self.keys(shop).urgent, 0, reply[1] - 1) if reply[1] else []
        self._count_crashes(shop, head)
        if head != list(before) and set(head) == set(before) and not self._world.clock_stepped:
            self._report(f"order: the jobs of shop {shop} that a dead worker had claimed come back in another order")

    def _count_crashes(self, shop: str, recovered: Sequence[bytes]) -> None:
        """A crash counts once, and only against jobs without an earlier crash, or jobs that had started."""
        stored = self._peek(self.keys(shop).crashes)
        for job in recovered:
            count = self._crashes.pop((shop, job), None)
            # 0 becomes 1; 2 stays, if the job had not started; started with 2, which is stored as -2, becomes 3.
            right = None if count is None else max(count, 1 - count)
            if right is not None and int(stored.get(job) or 0) != right:
                self._report(
                    f"crashes: job {job.decode()} of shop {shop} was in flight when a worker died;"
                    f" its count of crashes is {int(stored.get(job) or 0)} instead of {right}"
                )

    def claim(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        claimed, due = self._claimed.setdefault(shop, {}), self._due.get(shop, {})
        if reply[1] != b"active" and len(reply) > 6:
            self._report(f"pause: jobs of shop {shop} were claimed although it is {reply[1].decode()}")
        for job, count in zip(reply[6::3], reply[8::3], strict=True):
            self._crashes[shop, job] = int(count)
            if int(count) < 0:
                self._report(f"crashes: job {job.decode()} of shop {shop} waits, and counts as started")
            if claimed.get(job) == args[0]:
                self._report(f"claimed twice: job {job.decode()} of shop {shop} is in flight already")
            claimed[job] = args[0]
            early = due.pop(job, 0.0) - self._world.server_milliseconds()
            if early > RESOLUTION_MS and not self._world.clock_stepped:
                self._report(f"early: job {job.decode()} of shop {shop} was claimed {early / 1000:.2f} s too early")
        self._reported(shop, "claim", reply[2], reply[3])
        limit = self._peek(self.keys(shop).control).get(b"limit", b"")
        if reply[4] != limit:
            self._report(f"allowance: a claim of shop {shop} reports the limit {reply[4]!r}, it is {limit!r}")

    def commit(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        number, before = int(args[3]), self._committed.get((shop, args[0]), 0)
        if number <= before and reply[3] != sum(1 for _ in operations_of(args)):
            self._report(f"commit: number {number} of shop {shop} was carried out twice")
        self._committed[shop, args[0]] = max(number, before)
        in_flight = self._world.server.peek(self.keys(shop).inflight) or ()
        claimed = self._claimed.setdefault(shop, {})
        for job in [job for job in claimed if job not in in_flight]:
            del claimed[job]
        if reply[4] != len(in_flight):
            self._report(f"commit: it reports {reply[4]} jobs of shop {shop} in flight, {len(in_flight)} are")
        self._reported(shop, "commit", reply[1], reply[2])
        self._note_delayed(shop)
        if reply[3]:
            return
        operations = list(operations_of(args))
        if shop in self._due:
            again = {follow_up[0] for each in operations for follow_up in each.follow_ups}
            self._delays(shop, [(each.job, each.delay) for each in operations if each.job not in again])
        self._stored(shop, operations, args[RATES])

    def _stored(self, shop: str, operations: Sequence[CommitOperation], rates: bytes) -> None:
        """A commit without skipped operations has stored the rates, the audits to follow, and jobs at the tail."""
        keys = self.keys(shop)
        if rates and self._peek(keys.control).get(b"pace") != rates:
            self._report(f"commit: the rates that a worker has learned for shop {shop} are not stored")
        own = {each.job for each in operations}
        for each in operations:
            for job, _, _, _, flags, product in each.follow_ups:
                # An audit that ends in the same commit may end before or after its job is enqueued again.
                if b"a" in flags and job not in own and product not in self._peek(keys.audits):
                    self._report(f"audit: {job.decode()} of shop {shop} is not among the audits that are followed")
            if each.delay == -1 and each.job in self._peek(keys.urgent):
                self._report(f"order: job {each.job.decode()} of shop {shop} should go behind the others")

    def start(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        """The next crash counts against these jobs."""
        counts = self._peek(self.keys(shop).crashes)
        for job in args[1:]:
            stored = abs(int(counts.get(job) or 0))
            count = abs(self._crashes.get((shop, job), stored))
            if stored != count:
                self._report(f"crashes: the start of job {job.decode()} of shop {shop} changed its count to {stored}")
            self._crashes[shop, job] = -count

    def state(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        """A park ends automatically at its time."""
        control = self._peek(self.keys(shop).control)
        lifetime, until = float(args[2]), float(control.get(b"until") or 0)
        left = until - self._world.server_milliseconds()
        if reply[0] == b"OK" and lifetime and abs(left - lifetime) > RESOLUTION_MS and not self._world.clock_stepped:
            self._report(f"park: shop {shop} is parked for {left / 1000:.2f} s instead of {lifetime / 1000:.2f} s")
        if reply[0] == b"OK" and control.get(b"state") == b"active" and until:
            self._report(f"park: shop {shop} is active, and its park still has an end")

    def enqueue(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        self._note_delayed(shop)
        jobs = [(args[first], float(args[first + 3])) for first in range(FIRST_JOB, len(args), PARTS)]
        if reply[0] == len(jobs) and shop in self._due:
            self._delays(shop, jobs)

    def merge(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        self._note_delayed(shop)

    def _reported(self, shop: str, script: str, waiting: int, next_due: int) -> None:
        """The engine knows a lane only from these replies."""
        keys = self.keys(shop)
        left = len(self._peek(keys.urgent)) + len(self._peek(keys.waiting))
        if waiting != left:
            self._report(f"{script}: it reports {waiting} waiting jobs of shop {shop}, {left} are")
        delayed = self._world.server.peek(keys.delayed)
        if (next_due >= 0) != bool(delayed):
            self._report(f"{script}: it reports the next delayed job of shop {shop} in {next_due} ms; {delayed}")
        elif delayed and not self._world.clock_stepped:
            right = max(0.0, min(score for _, score in delayed.items()) - self._world.server_milliseconds())
            if abs(next_due - right) > RESOLUTION_MS:
                self._report(f"{script}: it reports the next delayed job of shop {shop} in {next_due}, not {right} ms")

    def _delays(self, shop: str, jobs: Sequence[tuple[bytes, float]]) -> None:
        """Jobs that have just been delayed by this many ms are due then."""
        if self._world.clock_stepped:
            return
        for job, delay in jobs:
            due, right = self._due[shop].get(job), self._world.server_milliseconds() + delay
            if delay > 0 and due is not None and abs(due - right) > RESOLUTION_MS:
                self._report(
                    f"early: job {job.decode()} of shop {shop} is due {(due - right) / 1000:+.2f} s off its time"
                )

    def _note_delayed(self, shop: str) -> None:
        delayed = self._world.server.peek(self.keys(shop).delayed)
        if delayed or shop in self._due:
            self._due[shop] = dict(delayed.items()) if delayed else {}

    def _peek(self, key: str) -> Any:
        return self._world.server.peek(key) or {}

    def _report(self, problem: str) -> None:
        self._world.report(problem)
