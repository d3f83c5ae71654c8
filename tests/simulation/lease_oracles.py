"""Promises of the scripts of the ready set: leases, fences, fair shares, wakes, and the shares of the app's ceiling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shop_queue.keys import APP_RATES, HOLDERS, PENDING_WAKES, READY, WORKERS

if TYPE_CHECKING:
    from tests.simulation.worlds import World

RESOLUTION_MS = 1.0
"""Scripts count whole milliseconds."""
YIELD_SECONDS = 5.0
"""By then a shop whose time slice has ended is given back, if the platform answers."""
NETWORK_FAULTS = frozenset(
    {"loss", "lose", "burst", "deafen", "freeze", "cut", "slow_network", "redis_down", "redis_restart", "failover",
     "read_only", "full_memory", "forget_scripts", "server_clock"}
)  # fmt: skip
"""Faults by which a worker may not know which shops it holds."""


class LeaseOracles:
    """Each method checks a script by its arguments and its reply."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._leased_until: dict[str, float] = {}
        """Shop -> server time in ms until which its lease was given."""
        self._holders: dict[str, bytes] = {}
        """Shop -> `worker|fence` of the lease that was last granted and not yet returned."""
        self._last_fence = 0
        self._above: dict[bytes, float] = {}
        """Worker -> server time in ms since which it has held more than its share."""
        self.announcements = 0
        """Times that work had been announced to the workers before this call."""

    def forget(self) -> None:
        self._leased_until.clear()
        self._holders.clear()
        self._last_fence = 0

    def take(self, args: Sequence[bytes], reply: Any) -> None:
        now, share, shops = reply[0], reply[1], reply[5::3]
        for shop, fence, waited in zip(shops, reply[6::3], reply[7::3], strict=True):
            name = shop.decode()
            until = self._leased_until.get(name, 0.0)
            if until > now:
                self._report(f"fencing: shop {name} was leased {(until - now) / 1000:.2f} s before its lease ended")
            if waited < 0:
                self._report(f"lease: shop {name} was leased {-waited} ms before it was due")
            if int(fence) <= self._last_fence:
                self._report(f"fencing: shop {name} was leased with fence {int(fence)}, an earlier lease has it too")
            self._last_fence = int(fence)
            self._leased_until[name] = now + float(args[1])
            self._holders[name] = holder = args[0] + b"|" + fence
            if self._peek(HOLDERS).get(shop) != holder:
                self._report(f"lease: shop {name} was leased to {args[0].decode()}, and another worker is its holder")
        if shops and int(args[3]) + len(shops) > share:
            self._report(
                f"fair share: {args[0].decode()} holds {int(args[3]) + len(shops)} shops, its share is {share}"
            )
        workers = dict(self._peek(WORKERS).items())
        if silent := [name.decode() for name, seen in workers.items() if seen < now - float(args[4])]:
            self._report(f"fair share: {', '.join(silent)} counts as alive and has been silent for too long")
        self._left(now, reply[2], reply[3])
        self._known(args[0], int(args[3]), len(shops), share, now)
        if self._world.plan.size.app_rate:
            self._granted(workers)

    def _left(self, now: float, due: float, next_due: float) -> None:
        """These two numbers determine when a worker looks again, and what it drains for others."""
        scores = [score for _, score in self._peek(READY).items()]
        left = sum(score <= now for score in scores)
        if due != left:
            self._report(f"take: it reports {due:g} shops without a worker, {left} are")
        right = 0.0 if left else min(scores, default=now - 1) - now
        if abs(next_due - right) > RESOLUTION_MS:
            self._report(f"take: it reports the next shop in {next_due:g} ms, it is due in {right:g} ms")

    def _known(self, worker: bytes, told: int, taken: int, share: int, now: float) -> None:
        """Without faults of the network a worker knows the shops it holds, and releases those above its share."""
        if NETWORK_FAULTS & {event.kind for event in self._world.plan.events}:
            return
        held = sum(holder.startswith(worker + b"|") for holder in self._peek(HOLDERS).values()) - taken
        if told <= share:
            self._above.pop(worker, None)
        size = self._world.plan.size
        since = self._above.setdefault(worker, now) if told > share else now
        if now - since > (size.slice_seconds + YIELD_SECONDS) * 1000:
            self._report(
                f"fair share: {worker.decode()} has held {told} shops for {(now - since) / 1000:.1f} s, its share is"
                f" {share}"
            )
        if told < held:
            self._report(f"fair share: {worker.decode()} says that it holds {told} shops, it holds {held}")

    def _granted(self, workers: dict[bytes, float]) -> None:
        parts = self._peek(APP_RATES)
        granted = sum(int(part) for part in parts.values())
        if granted > self._world.plan.size.app_rate * 1000:
            self._report(f"allowance: {granted / 1000:g} calls per second are granted in all")
        if dead := [name.decode() for name in parts if name not in workers]:
            self._report(f"allowance: {', '.join(dead)} is gone and keeps its part of the ceiling")

    def renew(self, args: Sequence[bytes], reply: Any) -> None:
        for shop, fence in zip(args[2::2], args[3::2], strict=True):
            is_held = self._peek(HOLDERS).get(shop) == args[0] + b"|" + fence
            if is_held == (shop in reply):
                told = "lost" if is_held else "renewed"
                self._report(f"fencing: a lease of shop {shop.decode()} was reported as {told}, which is wrong")
            if is_held:
                now = self._now()
                self._leased_until[shop.decode()] = now - RESOLUTION_MS + float(args[1])
                score = self._peek(READY).get(shop) or 0.0
                if score < now:
                    self._report(f"lease: shop {shop.decode()} is due although its lease was renewed")
                if score > now + float(args[1]) and not self._world.clock_stepped:
                    self._report(f"lease: shop {shop.decode()} was leased for longer than a lease lasts")

    def release(self, args: Sequence[bytes], reply: Any) -> None:
        delays = [float(delay) for delay in args[3::3]]
        # A repeated release releases nothing.
        if reply == len(delays) and 0.0 in delays and self._world.announcements == self.announcements:
            self._report(
                f"wake: {args[0].decode()} has given back a shop with work, and this was not announced to the workers"
            )
        for shop, fence, delay in zip(args[1::3], args[2::3], args[3::3], strict=True):
            holder, given = self._peek(HOLDERS).get(shop), args[0] + b"|" + fence
            if holder is None:
                if self._holders.pop(shop.decode(), given) != given:
                    self._report(f"fencing: {args[0].decode()} has given back a lease of another worker")
                until = self._leased_until.pop(shop.decode(), None)
                if reply:  # A lease that a failover has forgotten is not given back.
                    self._given_back(shop, float(delay), until)
            elif holder == given:
                self._report(f"lease: shop {shop.decode()} still has its holder after its release")

    def _given_back(self, shop: bytes, delay: float, until: float | None) -> None:
        due = self._peek(READY).get(shop)
        if self._peek(PENDING_WAKES).get(shop) is not None:
            self._report(f"lease: shop {shop.decode()} was given back, and a wake of it is still kept")
        if delay < 0 and until is not None and due == until:
            self._report(
                f"lease: shop {shop.decode()} was given back without work, and is due when its lease would end"
            )
        if delay >= 0 and not self._world.clock_stepped and (due is None or due > self._now() + delay):
            self._report(f"lease: shop {shop.decode()} was given back with work, and is not due in {delay:g} ms")

    def wake(self, args: Sequence[bytes], reply: Any) -> None:
        for shop, delay in zip(args[::2], args[1::2], strict=True):
            self.announced(shop.decode(), float(delay))

    def announced(self, shop: str, delay: float) -> None:
        """Work of the shop was announced, due in `delay` ms; -1 if there is none."""
        if delay < 0 or self._world.clock_stepped:
            return
        kept = PENDING_WAKES if self._peek(HOLDERS).get(shop.encode()) else READY
        due = self._peek(kept).get(shop.encode())
        if due is None or float(due) > self._now() + delay:
            self._report(f"wake: work of shop {shop} is due in {delay:g} ms, and no worker will look for it then")

    def _peek(self, key: str) -> Any:
        return self._world.server.peek(key) or {}

    def _now(self) -> float:
        """The latest time that a script may have read."""
        return math.floor(self._world.server_milliseconds()) + RESOLUTION_MS

    def _report(self, problem: str) -> None:
        self._world.report(problem)
