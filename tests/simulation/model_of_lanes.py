"""The right effects of claim, start, commit and open, written a second time, in Python.

Each method changes a copy of the lane as the script should change the lane itself, and returns the right reply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from tests.simulation.commit_arguments import CommitOperation, operations_of
from tests.simulation.model_of_products import AUDIT, DRAFT, RELIST, Hash, ModelOfProducts, has_job, is_real

FENCED = [b"FENCED"]
BEHIND_URGENT = -2
"""The delay of a job that goes behind the urgent ones."""


@dataclass(slots=True)
class Lane:
    """The values of the keys of a lane, in the order in which scripts receive them."""

    jobs: Hash
    urgent: list[bytes]
    waiting: list[bytes]
    delayed: dict[bytes, float]
    inflight: dict[bytes, float]
    control: Hash
    counters: Hash
    crashes: Hash
    changed: Hash
    blocked: Hash
    outbox: list[tuple[bytes, bytes | None]]
    """Only what the script publishes: record and position."""
    audits: dict[bytes, float]
    accepted: Hash
    overtaking: set[bytes]
    deferrals: Hash
    products: Hash
    states: Hash


KEYS = tuple(each.name for each in fields(Lane))


@dataclass(slots=True)
class ModelOfLane:
    lane: Lane
    now: int
    """The time of the lane in ms: lua/clock.lua."""
    day: int
    tell_products: ModelOfProducts = field(init=False)

    def __post_init__(self) -> None:
        self.tell_products = ModelOfProducts(self.lane.products, self.lane.states, self.day)

    def is_fenced(self, fence: bytes) -> bool:
        return self.lane.control.get(b"fence") != fence

    # --- claim ------------------------------------------------------------------------------------------------------

    def claim(self, args: Sequence[bytes]) -> list[Any]:
        lane, wanted = self.lane, int(args[1])
        if self.is_fenced(args[0]):
            return FENCED
        state = lane.control.get(b"state", b"active")
        ids = self._next(wanted) if state == b"active" and wanted > 0 else []
        claimed: list[Any] = []
        for number, job in enumerate(ids, 1):
            payload = lane.jobs.get(job)
            if payload is None:
                continue
            claimed += [job, payload, int(lane.crashes.get(job, b"0"))]
            lane.inflight[job] = self.now * 1000.0 + number
            # The state of the lane before this claim decides, and a product has one relist job at most.
            if not has_job(lane.products.get(job), RELIST) and is_real(payload, args[2]):
                self.tell_products.change(job, "appear", "A" if job.startswith(b"audit:") else "Q")
        self.tell_products.store()
        left = len(lane.urgent) + len(lane.waiting)
        lane.overtaking = set() if left == 0 else lane.overtaking - set(ids)
        due = self._next_due()
        return [b"OK", state, left, due, lane.control.get(b"limit", b""), len(lane.inflight), *claimed]

    def _next(self, wanted: int) -> list[bytes]:
        """Due delayed jobs first, then urgent, then waiting ones, without entries of jobs that are elsewhere."""
        lane = self.lane
        due = sorted((at, job) for job, at in lane.delayed.items() if at <= self.now)
        ids = [job for _, job in due[:wanted]]
        for job in ids:
            del lane.delayed[job]
        may_be_stale = bool(lane.overtaking)
        seen = set(ids)
        for line in (lane.urgent, lane.waiting):
            while line and len(ids) < wanted:
                job = line.pop(0)
                is_elsewhere = job not in lane.jobs or job in lane.inflight or job in lane.delayed or job in seen
                if may_be_stale and is_elsewhere:
                    continue
                seen.add(job)
                ids.append(job)
        return ids

    def _next_due(self) -> int:
        return max(0, int(min(self.lane.delayed.values()) - self.now)) if self.lane.delayed else -1

    # --- start, open ------------------------------------------------------------------------------------------------

    def start(self, args: Sequence[bytes]) -> list[Any]:
        if self.is_fenced(args[0]):
            return FENCED
        for job in args[1:]:
            count = int(self.lane.crashes.get(job, b"0"))
            if count > 0:
                self.lane.crashes[job] = b"%d" % -count
        return [b"OK"]

    def open(self, args: Sequence[bytes]) -> list[Any]:
        lane, stored = self.lane, int(self.lane.control.get(b"fence", b"0"))
        if stored > int(args[0]):
            return FENCED
        abandoned: list[bytes] = []
        if stored < int(args[0]):
            abandoned = [job for _, job in sorted((at, job) for job, at in lane.inflight.items())]
            lane.control[b"fence"] = args[0]
            lane.control.pop(b"committed", None)
        for job in abandoned:
            self.tell_products.go_back(job)
            count = int(lane.crashes.get(job, b"0"))
            if count <= 0:
                lane.crashes[job] = b"%d" % (1 - count)
        self.tell_products.store()
        lane.urgent[:0] = abandoned
        if abandoned:
            lane.inflight, lane.changed = {}, {}
        parked, active = args[1].split(b"=")
        until = float(lane.control.get(b"until", b"0"))
        if lane.control.get(b"state") == parked and 0 < until <= self.now:
            lane.control[b"state"] = active
            lane.control.pop(b"reason", None)
            lane.control.pop(b"until", None)
        return [b"OK", len(abandoned), self.now]

    # --- commit -----------------------------------------------------------------------------------------------------

    def commit(self, args: Sequence[bytes]) -> list[Any]:
        if self.is_fenced(args[0]):
            return FENCED
        return _Commit(self, args).carry_out()


def _is_question(record: bytes | None) -> bool:
    """Whether this is not the end of an audit."""
    return record is not None and orjson.loads(record).get("kind") != "audit"


@dataclass(slots=True)
class _Commit:
    model: ModelOfLane
    args: Sequence[bytes]
    tally: Counter[bytes] = field(default_factory=Counter)
    completed: dict[bytes, bool] = field(default_factory=dict)
    published: int = 0

    def carry_out(self) -> list[Any]:
        lane, model = self.model.lane, self.model
        _, _, rates, number, _, _ = self.args[:6]
        is_repeated = 0 < int(number) <= int(lane.control.get(b"committed", b"0"))
        if int(number) > 0 and not is_repeated:
            lane.control[b"committed"] = number
        if rates:
            lane.control[b"pace"] = rates
        skipped = 0
        for operation in operations_of(self.args):
            if is_repeated or lane.inflight.pop(operation.job, None) is None:
                skipped += 1
                continue
            change = lane.changed.pop(operation.job, b"")
            if operation.name != b"release":
                lane.crashes.pop(operation.job, None)
                if operation.name != b"defer":
                    lane.deferrals.pop(operation.job, None)
            apply: Callable[[CommitOperation, bytes], None] = getattr(self, "_" + operation.name.decode())
            apply(operation, change)
            for each in operation.follow_ups:
                self._follow_up(*each)
        model.tell_products.store()
        for job in self.completed:
            lane.jobs.pop(job, None)
        for outcome, times in self.tally.items():
            lane.counters[outcome] = b"%d" % (int(lane.counters.get(outcome, b"0")) + times)
        waiting = len(lane.urgent) + len(lane.waiting)
        return [b"OK", waiting, model._next_due(), skipped, len(lane.inflight)]

    def _complete(self, operation: CommitOperation, change: bytes) -> None:
        self._end(operation.job, operation.arguments, change)

    def _end(self, job: bytes, arguments: Sequence[bytes], change: bytes) -> None:
        outcome, record, blocked_record, audited = arguments[:4]
        lane, products = self.model.lane, self.model.tell_products
        stays = change == b"edit" if audited else bool(change) and (change != b"event" or bool(blocked_record))
        if stays:
            lane.waiting.append(job)
        if stays and change == b"event":
            products.change(job, "go_on", "Q")
            return
        keeps_question = bool(audited) and _is_question(lane.blocked.get(audited))
        products.finish(job, "repeat" if stays else "finish", "" if keeps_question else outcome.decode())
        if audited and not stays:
            lane.jobs.pop(job, None)
            lane.audits.pop(audited, None)
        elif not stays:
            self.completed[job] = True
        self.tally[outcome] += 1
        self._publish(record)
        payload = lane.jobs.get(job)
        was_only_tried = payload is not None and not is_real(payload, self.args[4]) and job in lane.products
        if keeps_question or (not audited and was_only_tried):
            return
        lane.blocked.pop(audited or job, None)
        if blocked_record:
            lane.blocked[audited or job] = blocked_record

    def _requeue(self, operation: CommitOperation, change: bytes) -> None:
        payload, _, outcome, record, waits = operation.arguments[:5]
        lane, job = self.model.lane, operation.job
        if outcome:
            self.tally[outcome] += 1
            lane.blocked.pop(job, None)
        self._publish(record)
        state = "W" if waits == b"1" and not change else "A" if job.startswith(b"audit:") else "Q"
        self.model.tell_products.change(job, "go_on", state)
        if not change:
            lane.jobs[job] = payload
        if not change and operation.delay == BEHIND_URGENT:
            lane.urgent.append(job)
        elif change or operation.delay < 0:
            lane.waiting.append(job)
        elif operation.delay > 0:
            self._place(job, b"d", operation.delay)
        else:
            lane.waiting.insert(0, job)

    def _release(self, operation: CommitOperation, change: bytes) -> None:
        lane, job = self.model.lane, operation.job
        if int(lane.crashes.get(job, b"0")) < 0:
            lane.crashes[job] = b"%d" % -int(lane.crashes[job])
        lane.urgent.insert(0, job)
        self.model.tell_products.go_back(job)

    def _defer(self, operation: CommitOperation, change: bytes) -> None:
        lane, job, most = self.model.lane, operation.job, int(operation.arguments[1])
        times = int(lane.deferrals.get(job, b"0")) + 1
        if times <= most:
            lane.deferrals[job] = b"%d" % times
            self._place(job, b"d", operation.delay)
            self.model.tell_products.go_back(job)
            return
        lane.deferrals.pop(job, None)
        self._end(job, operation.arguments[2:], change)

    def _publish(self, record: bytes) -> None:
        fence, _, _, number, _, is_relayed = self.args[:6]
        if not record:
            return
        is_numbered = is_relayed == b"1" and int(number) > 0
        self.published += is_numbered
        position = b"%s-%d-%d" % (fence, int(number), self.published)
        self.model.lane.outbox.append((record, position if is_numbered else None))

    def _place(self, job: bytes, place: bytes, delay: float) -> None:
        lane = self.model.lane
        if place == b"d":
            lane.delayed[job] = float(round(self.model.now + delay))
        else:
            (lane.urgent if place == b"u" else lane.waiting).append(job)

    def _follow_up(self, job: bytes, payload: bytes, place: bytes, delay: bytes, flags: bytes, related: bytes) -> None:
        lane, products = self.model.lane, self.model.tell_products
        is_audit, is_dry = b"a" in flags, b"d" in flags
        if b"s" in flags:
            record = lane.blocked.get(job)
            if record is not None and not is_dry and job not in lane.products:
                products.change(job, "enter", "Q")
                products.finish(job, "finish", orjson.loads(record)["outcome"])
            products.change_slot(job, DRAFT, "mark", "D" if b"t" in flags else "-")
            if record is not None or related in lane.jobs:
                return
        if job not in lane.jobs:
            lane.jobs[job] = payload
            self._place(job, place, float(delay))
            if not is_dry:
                products.change(job, "enter", "A" if is_audit else "Q")
            if b"t" in flags:
                products.change_slot(job, DRAFT, "mark", "D")
            self.tally[b"enqueued"] += 1
        elif b"k" in flags:
            return
        elif is_audit:
            self._replace_audit(job, payload, place, float(delay))
        elif not is_dry and not is_real(lane.jobs[job], self.args[4]):
            self._replace_dry_run(job, payload, place, float(delay))
        if is_audit:
            lane.audits[related] = float(self.model.now)

    def _replace_audit(self, job: bytes, payload: bytes, place: bytes, delay: float) -> None:
        lane = self.model.lane
        lane.jobs[job] = payload
        self.model.tell_products.change_slot(job.partition(b":")[2], AUDIT, "enter", "A")
        if job in lane.inflight:
            lane.changed[job] = b"edit"
        elif lane.delayed.pop(job, None) is not None:
            self._place(job, place, delay)

    def _replace_dry_run(self, job: bytes, payload: bytes, place: bytes, delay: float) -> None:
        lane = self.model.lane
        lane.jobs[job] = payload
        self.model.tell_products.change(job, "enter", "Q")
        if self.completed.pop(job, False):
            self._place(job, place, delay)
            self.tally[b"enqueued"] += 1
        elif job in lane.inflight:
            lane.changed[job] = b"hints"
