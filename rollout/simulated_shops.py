"""Simulated shops, their lanes and the worker processes that serve them."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from rollout.admission import MANY_LEAVES
from rollout.edit import Edit
from rollout.look_timing import LookTiming
from rollout.outcome import Held
from rollout.sampling import Sampler
from rollout.view import View

POLL_SECONDS = 0.5
"""Interval at which a process reads the epoch; a stop reaches all processes within it."""
ASKS_OF_A_STOP = 1_000
"""Interval at which a shop retries stopped products, since pending looks may still prove their fields undamaged."""


@dataclass(frozen=True, slots=True)
class EditingShop:
    shop_id: str
    rate: float
    """Edits per second."""
    products: Sequence[int]
    """Products in the order in which the shop processes them."""


class SimulatedPlatform(Protocol):
    """The result of every product's edit, which is the same under every policy."""

    def edit(self, product: int) -> Edit: ...

    def shows_after(self, product: int) -> float:
        """Seconds until Get Product shows the edit."""

    def damages(self, product: int, now: float) -> tuple[str, ...]:
        """Fields that an edit sent now damages."""

    def changes(self, product: int, now: float) -> tuple[str, ...]:
        """Fields that an edit sent now shows with another value: by the platform, or by the seller since."""

    def audit(self, product: int, now: float) -> tuple[float | None, bool]:
        """Seconds until the audit ends (None if never), and whether it rejects the edit."""


class SimulatedProcess:
    def __init__(self, random: Random) -> None:
        self.view = View()
        self.sampler = Sampler(random.random)
        self.timing = LookTiming()
        self._phase = random.random() * POLL_SECONDS

    def last_poll(self, now: float) -> float:
        return (now - self._phase) // POLL_SECONDS * POLL_SECONDS + self._phase


class SimulatedLane:
    """The products of a shop: unread ones, and held ones by the key of the holding cause."""

    def __init__(self, shop: EditingShop, process: SimulatedProcess) -> None:
        self.shop, self.process = shop, process
        self.fresh = deque(shop.products)
        self.fresh_from = 0.0
        self.edits: dict[int, Edit] = {}
        self.read: set[int] = set()
        self.why: dict[int, Held] = {}
        self.looked_for = 0
        """Number of held products that wait for a read-back."""
        self.scheduled = True
        self._held: dict[str, deque[int]] = {}
        self._retry: list[tuple[float, str]] = []
        self._asked: dict[str, int] = {}

    def next_held(self, now: float, still_full: Callable[[SimulatedLane, Held], float]) -> int | None:
        """A product whose retry is due. While one product is refused, so are all that wait for the same key."""
        while self._retry and self._retry[0][0] <= now:
            key = self._retry[0][1]
            products = self._held[key]
            if products:
                held = self.why[products[0]]
                if wait := still_full(self, held):
                    heapq.heapreplace(self._retry, (now + wait, key))
                    continue
                product = products.popleft()
                self.looked_for -= self.why.pop(product).is_brief
                return product
            del self._held[heapq.heappop(self._retry)[1]]
        return None

    def hold(self, product: int, why: Held, retry: float) -> None:
        self.why[product] = why
        self.looked_for += why.is_brief
        # Products that wait for a limit of all leaves together wait for the same place.
        key = why.why if why.why == MANY_LEAVES else f"{why.cause} {why.stopped}"
        if why.stopped:
            self._asked[key] = self._asked.get(key, 0) + 1
            if self._asked[key] > ASKS_OF_A_STOP:
                return  # No operator decides in a simulation.
        if key not in self._held:
            self._held[key] = deque()
            heapq.heappush(self._retry, (retry, key))
        elif self._retry and self._retry[0][1] == key:
            heapq.heapreplace(self._retry, (retry, key))
        self._held[key].append(product)

    def due(self, now: float) -> float | None:
        """Time of the shop's next try; None if no product is left that could be sent."""
        times = [max(now, self.fresh_from)] if self.fresh else []
        if self._retry:
            times.append(self._retry[0][0])
        return min(times, default=None)
