"""Runs the rollout in virtual time, with shops that send edits and a platform that shows and audits them.

The simulation is event-based: a run of a hundred thousand products takes about half a minute of CPU time.
`relist rollout simulate` and benchmarks/rollout.py use it.
"""

from __future__ import annotations

import copy
import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from rollout.admission import (
    MANY_LEAVES,
    admit,
    fleet_retry,
    gate_is_open,
    gate_places,
    gate_retry,
    gated_edits,
)
from rollout.audit_evidence import audit_ended
from rollout.edit import EVERY_MARKET, Edit
from rollout.look_timing import SECOND_LOOK_SECONDS
from rollout.outcome import Admitted, Changed, Clean, Damaged, Held, Permit, ReadBack
from rollout.policy import RolloutPolicy
from rollout.read_back_evidence import read_back_ended
from rollout.records import Book, LevelRecord, RolloutState
from rollout.simulated_shops import EditingShop, SimulatedLane, SimulatedPlatform, SimulatedProcess

PROCESSES = 8
ASKS_OF_HELD = 50
"""Number of held products that a shop retries when it may send an edit."""
MAX_AHEAD = 8
"""A shop with so many products that wait for a read-back reads no more, as worker/held_edits.py does."""
READS_AT_ONCE = 4
"""Number of products that a shop reads to find one that it may send."""


@dataclass(slots=True)
class SimulatedRun:
    """The events of a simulated run, by product. Times are seconds from the start."""

    sent: dict[int, float] = field(default_factory=dict)
    final: dict[int, float] = field(default_factory=dict)
    rejected: set[int] = field(default_factory=set)
    damaged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    reads: int = 0
    """Number of product reads before edits."""
    looks: int = 0
    """Read-backs."""
    waited: dict[int, float] = field(default_factory=dict)
    """Seconds from a product's first request for admission to its edit."""
    gates: set[str] = field(default_factory=set)
    """Decisions and leaves that held products until audits had passed."""
    release_open: float | None = None
    fleet: RolloutState = field(default_factory=RolloutState)
    groups: dict[str, LevelRecord] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)
    """Products that still wait at the end and the causes that hold them."""


class Simulation:
    """A run over all shops under one policy."""

    def __init__(
        self,
        shops: Sequence[EditingShop],
        platform: SimulatedPlatform,
        policy: RolloutPolicy,
        seed: int,
        *,
        state: SimulatedRun | None = None,
    ) -> None:
        """`state` is an earlier run from which this run takes its initial records."""
        self.course = SimulatedRun(fleet=state.fleet, groups=state.groups) if state else SimulatedRun()
        self._platform, self._policy = platform, policy
        self._random = Random(seed)
        self._now = 0.0
        self._order = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._epochs: list[tuple[float, int]] = [(0.0, 0)]
        self._snapshot = RolloutState()
        self._gated: int | None = None
        """Edits in audit in leaves whose gates are closed; None if a release has changed since."""
        self._processes = [SimulatedProcess(self._random) for _ in range(PROCESSES)]
        self._lanes = [SimulatedLane(shop, self._processes[n % PROCESSES]) for n, shop in enumerate(shops)]
        for lane in self._lanes:
            self._at(self._random.random() / lane.shop.rate, lambda lane=lane: self._slot(lane))  # type: ignore[misc]

    def run(self, until: float = float("inf")) -> SimulatedRun:
        """Runs until no event is left, or until the given time."""
        while self._events:
            at, _, event = heapq.heappop(self._events)
            if at > until:
                break
            self._now = at
            event()
        for lane in self._lanes:
            self.course.held.update(lane.why)
        return self.course

    def _at(self, delay: float, event: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._events, (self._now + delay, self._order, event))

    @property
    def _ms(self) -> int:
        return int(self._now * 1000) + 1

    def _slot(self, lane: SimulatedLane) -> None:
        """Handles the time slot in which the shop may send one edit."""
        lane.scheduled = False
        if self._send_one(lane):
            self._wake(lane, 1 / lane.shop.rate)
            return
        due = lane.due(self._now)
        if due is not None:
            self._wake(lane, max(1 / lane.shop.rate, due - self._now))

    def _send_one(self, lane: SimulatedLane) -> bool:
        """Sends one edit if possible. Held products whose retry is due go first, since they cost no further read."""
        for _ in range(ASKS_OF_HELD):
            product = lane.next_held(self._now, self._still_full)
            if product is None:
                break
            if self._try(lane, product):
                return True
        for _ in range(READS_AT_ONCE):
            if not lane.fresh or lane.fresh_from > self._now or lane.looked_for >= MAX_AHEAD:
                break
            if self._try(lane, lane.fresh.popleft()):
                return True
        return False

    def _try(self, lane: SimulatedLane, product: int) -> bool:
        answer = self._admit(lane, product)
        if isinstance(answer, Admitted):
            self._send(lane, product, answer)
            return True
        retry = self._now + answer.retry_after * (0.75 + 0.5 * self._random.random())
        if answer.cause.startswith("release/") and not answer.stopped and product not in lane.read:
            lane.fresh.appendleft(product)  # A full release window holds the whole shop, so it reads nothing.
            lane.fresh_from = retry
            return False
        if product not in lane.read:
            lane.read.add(product)
            self.course.reads += 1
            self.course.waited[product] = -self._now
        if answer.cause.startswith(("decision/", "leaf/")) and "audit" in answer.why:
            self.course.gates.add(answer.cause)
        lane.hold(product, answer, retry)
        return False

    def _wake(self, lane: SimulatedLane, delay: float) -> None:
        if not lane.scheduled:
            lane.scheduled = True
            self._at(delay, lambda: self._slot(lane))

    def _admit(self, lane: SimulatedLane, product: int) -> Admitted | Held:
        edit = lane.edits.get(product) or self._platform.edit(product)
        lane.edits[product] = edit
        process = lane.process
        polled = process.last_poll(self._now)
        if process.view.epoch >= 0 and self._epoch_at(polled) > process.view.epoch:
            process.view.forget()
        answer = process.view.admit(edit, self._policy, self._ms)
        if answer is None:
            book = self._book(edit)
            answer = admit(book, edit, self._policy, self._ms)
            self._commit(book)
            self._learn(process, book)
        if isinstance(answer, Held):
            return answer
        del lane.edits[product]
        sampled = process.sampler.take(edit, self._policy.sample_every)
        if answer.read_back and not sampled:
            process.sampler.reset(edit)
        return Admitted(answer.permit, answer.read_back or sampled)

    def _send(self, lane: SimulatedLane, product: int, admitted: Admitted) -> None:
        course, platform, permit = self.course, self._platform, admitted.permit
        course.sent[product] = self._now
        if product in course.waited:
            course.waited[product] += self._now
        course.reads += 1
        lane.read.discard(product)
        damages = platform.damages(product, self._now)
        seen: Clean | Changed | Damaged = Damaged(damages) if damages else Clean()
        if not damages and (changes := platform.changes(product, self._now)):
            seen = Changed(changes)
        seconds, rejected = platform.audit(product, self._now)
        if damages and not rejected:
            course.damaged[product] = damages
        if seconds is not None:
            self._at(seconds, lambda: self._audited(product, permit, rejected))
        if admitted.read_back:
            shows = platform.shows_after(product)
            self._look(lane.process, permit, seen, shows, 0, 0.0)

    def _look(
        self,
        process: SimulatedProcess,
        permit: Permit,
        seen: Clean | Changed | Damaged,
        shows: float,
        looks: int,
        looked: float,
    ) -> None:
        due = process.timing.due(looks)
        if due is None:
            return

        def look() -> None:
            self.course.looks += 1
            if due < shows:
                self._look(process, permit, seen, shows, looks + 1, due)
                return
            process.timing.shown(max(shows, looked))
            if isinstance(seen, Clean):
                self._report(process, permit, seen)
                return
            self.course.looks += 1
            self._at(SECOND_LOOK_SECONDS, lambda: self._report(process, permit, seen))

        self._at(due - looked, look)

    def _report(self, process: SimulatedProcess, permit: Permit, result: ReadBack) -> None:
        book = self._book(permit.edit)
        read_back_ended(book, permit, result, self._policy, self._ms)
        self._commit(book)
        self._learn(process, book)
        if self.course.release_open is None:
            group = self.course.groups[permit.edit.release_key]
            if group.clean >= self._policy.release_looks:
                self.course.release_open = self._now

    def _audited(self, product: int, permit: Permit, rejected: bool) -> None:
        self.course.final[product] = self._now
        if rejected:
            self.course.rejected.add(product)
        book = self._book(permit.edit)
        audit_ended(book, permit, rejected, self._policy, self._ms)
        self._commit(book)

    def _book(self, edit: Edit) -> Book:
        groups = self.course.groups
        loaded = {key: groups.get(key) or groups.setdefault(key, LevelRecord()) for key in edit.keys}
        return Book(self.course.fleet, loaded)

    def _still_full(self, lane: SimulatedLane, held: Held) -> float:
        """Seconds until the next try at the same gate if its answer is unchanged; otherwise zero.

        This shortcut saves most of the simulation's time.
        """
        kind, market = held.cause.split("/", 2)[:2]
        if held.why == MANY_LEAVES:
            return self._many_leaves_retry(_an_edit(lane), held.cause)
        gate = self._policy.decision_gate if kind == "decision" else self._policy.own_leaf_gate
        group = self.course.groups.get(held.cause)
        if kind not in ("decision", "leaf") or gate is None or group is None or not group.auditing or held.stopped:
            return 0.0
        if gate_is_open(group, gate) or held.cause in self.course.fleet.causes:
            return 0.0
        if market == EVERY_MARKET:
            market = _an_edit(lane).market
            narrow = self.course.groups[f"decision/{market}/{held.cause.split('/', 2)[2]}"]
            if gate_is_open(narrow, gate):
                return 0.0
        patience = self.course.groups[f"market/{market}"].cohort.patience
        if self._ms - next(iter(group.auditing.values())).sent > patience:
            return 0.0
        places = gate_places(group, gate)
        if len(group.auditing) < places:
            own = sum(each.shop_id == lane.shop.shop_id for each in group.auditing.values())
            if own < max(1, places - places // 2):
                return 0.0
        return gate_retry(group, patience, self._ms)

    def _many_leaves_retry(self, edit: Edit, leaf_key: str) -> float:
        """Seconds until the next try while many leaves have edits in audit; zero if the leaf may have a place."""
        leaf_gate, fleet, groups = self._policy.own_leaf_gate, self._policy.own_leaf_fleet, self.course.groups
        if leaf_gate is None or fleet is None or gate_is_open(groups[leaf_key], leaf_gate):
            return 0.0
        release = groups[edit.release_key]
        if self._gated is None:
            self._gated = gated_edits(release)
        if leaf_key in self.course.fleet.causes or self._gated < fleet.cap + fleet.per_pass * release.passes:
            return 0.0
        return fleet_retry(release, groups[edit.market_key].cohort.patience, self._ms)

    def _commit(self, book: Book) -> None:
        if any(key.startswith("release/") for key in book.changed):
            self._gated = None
        if book.fleet_changed:
            self._epochs.append((self._now, self._epochs[-1][1] + 1))
            self._snapshot = copy.deepcopy(self.course.fleet)

    def _learn(self, process: SimulatedProcess, book: Book) -> None:
        process.view.learn(self._epochs[-1][1], Book(self._snapshot, book.groups), self._policy)

    def _epoch_at(self, time: float) -> int:
        return self._epochs[bisect_right(self._epochs, (time, 1 << 60)) - 1][1]


def _an_edit(lane: SimulatedLane) -> Edit:
    """One of the shop's held edits, which all have the same market and release."""
    return next(iter(lane.edits.values()))


def time_of_share(times: Iterator[float] | Sequence[float], share: float) -> float:
    """The time by which this share of the products had reached the point."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
