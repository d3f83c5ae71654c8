"""What a lane should be after each step, in plain Python; shop_queue/lua/ does it in Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from model.job import Job
from shop_queue.consumer import Complete, Operation, Release, Requeue
from shop_queue.producer import EnqueueRequest

AUDIT = "audit:"


def job_of(operation: Operation) -> str:
    return operation.job.id if isinstance(operation, Requeue) else operation.job_id


@dataclass
class Model:
    jobs: dict[str, Job] = field(default_factory=dict)
    urgent: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    delayed: list[str] = field(default_factory=list)
    due: list[str] = field(default_factory=list)
    """Delayed ones whose time has come, in that order."""
    in_flight: dict[str, str] = field(default_factory=dict)
    """What came since the claim: nothing, `hints`, `news` of an audit, or the `edit` of another one."""
    deaths: dict[str, int] = field(default_factory=dict)
    """How many died holding a job; below zero once it has been started since, so that the next death counts."""
    blocked: set[str] = field(default_factory=set)
    audits: set[str] = field(default_factory=set)
    """Products whose edit is under audit."""
    published: Counter[tuple[str, str]] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)

    def enqueue(self, addition: EnqueueRequest) -> None:
        job = addition.job
        old = self.jobs.get(job.id)
        if old is None:
            if not addition.update_only and not self._is_left_alone(addition):
                self.jobs[job.id] = job
                self._place(addition)
        elif job.dry_run and not old.dry_run:
            pass
        elif job.has_hints or job.priority == "urgent" or job.dry_run != old.dry_run:
            self.jobs[job.id] = old.merged_with(job, is_event=addition.update_only)
            if job.id in self.in_flight:
                self._mark(job.id, "news" if addition.update_only else "hints")
            elif job.priority == "urgent":
                self._move(job.id, (self.delayed, self.due, self.waiting), self.urgent)
            elif not addition.delay_seconds:
                self._move(job.id, (self.delayed, self.due), self.waiting)

    def _is_left_alone(self, addition: EnqueueRequest) -> bool:
        """A search finds again what is in audit, or waits for a person."""
        product = addition.job.id
        return addition.skip_if_pending and (AUDIT + product in self.jobs or product in self.blocked)

    def _is_wanted_in_earnest(self, addition: EnqueueRequest) -> bool:
        """A search found what is there as a dry run only."""
        dry = self.jobs[addition.job.id].dry_run
        return dry and not addition.job.dry_run and not self._is_left_alone(addition)

    def _place(self, addition: EnqueueRequest) -> None:
        urgent = addition.job.priority == "urgent"
        place = self.delayed if addition.delay_seconds else self.urgent if urgent else self.waiting
        place.append(addition.job.id)

    def _mark(self, job_id: str, what: str) -> None:
        """Another edit outweighs hints, which outweigh news."""
        marks = ("", "news", "hints", "edit")
        self.in_flight[job_id] = max(self.in_flight[job_id], what, key=marks.index)

    @staticmethod
    def _move(job_id: str, sources: tuple[list[str], ...], target: list[str]) -> None:
        for source in sources:
            if job_id in source:
                source.remove(job_id)
                target.append(job_id)

    def claim(self, count: int) -> list[tuple[Job, int]]:
        """Each with how many died holding it."""
        taken: list[str] = []
        for place in (self.due, self.urgent, self.waiting):
            while place and len(taken) < count:
                taken.append(place.pop(0))
        self.in_flight.update(dict.fromkeys(taken, ""))
        return [(self.jobs[job_id], self.deaths.get(job_id, 0)) for job_id in taken]

    def start(self, job_id: str) -> None:
        if self.deaths.get(job_id, 0) > 0:
            self.deaths[job_id] = -self.deaths[job_id]

    def commit(self, operations: Sequence[Operation]) -> None:
        ended: dict[str, Job] = {}
        for operation in operations:
            job_id = job_of(operation)
            mark = self.in_flight.pop(job_id)
            if isinstance(operation, Release):
                self.urgent.insert(0, job_id)
                if job_id in self.deaths:
                    self.deaths[job_id] = abs(self.deaths[job_id])
                continue
            self.deaths.pop(job_id, None)
            if isinstance(operation, Complete):
                self._finish(operation, mark, ended)
            elif mark:
                self.waiting.append(job_id)
            else:
                self.jobs[job_id] = operation.job
                if operation.delay_seconds:
                    self.delayed.append(job_id)
                else:
                    self.waiting.insert(0, job_id)
            for addition in operation.follow_ups:
                self._follow_up(addition, ended)

    def _finish(self, finish: Complete, mark: str, ended: dict[str, Job]) -> None:
        job_id, is_audit = finish.job_id, finish.job_id.startswith(AUDIT)
        product = job_id.removeprefix(AUDIT)
        runs_again = mark == "edit" if is_audit else mark == "hints" or (mark == "news" and finish.blocked)
        if runs_again:
            self.waiting.append(job_id)
        else:
            ended[job_id] = self.jobs.pop(job_id)
            if is_audit:
                self.audits.discard(product)
        self.counted[finish.outcome] += 1
        if finish.record is not None:
            self.published[product, finish.outcome] += 1
        (self.blocked.add if finish.blocked else self.blocked.discard)(product)

    def _follow_up(self, addition: EnqueueRequest, ended: dict[str, Job]) -> None:
        job_id = addition.job.id
        is_audit = job_id.startswith(AUDIT)
        if is_audit:
            self.audits.add(job_id.removeprefix(AUDIT))
        # What ended in the same commit still stands in the way of being found by a search: a dry run not in that of
        # one in earnest, and nothing in that of an audit, which is another edit's, and nobody would follow it.
        over = ended.get(job_id)
        stands = over is not None and not is_audit and (addition.job.dry_run or not over.dry_run)
        if job_id not in self.jobs and not stands and not self._is_left_alone(addition):
            ended.pop(job_id, None)
            self.jobs[job_id] = addition.job
            self._place(addition)
            self.counted["enqueued"] += 1
        elif not is_audit and job_id in self.jobs and self._is_wanted_in_earnest(addition):
            self.jobs[job_id] = addition.job
            if job_id in self.in_flight:
                self._mark(job_id, "hints")
        elif is_audit:
            self.jobs[job_id] = addition.job
            if job_id in self.in_flight:
                self._mark(job_id, "edit")
            for place in (self.delayed, self.due):
                if job_id in place:
                    place.remove(job_id)
                    self._place(addition)

    def open(self, order: list[str]) -> None:
        """An heir puts what the dead one held at the head, in the order it was claimed."""
        assert set(order) == set(self.in_flight)
        self.urgent[:0] = order
        for job_id in order:
            if self.deaths.get(job_id, 0) <= 0:
                self.deaths[job_id] = 1 - self.deaths.get(job_id, 0)
        self.in_flight.clear()

    def places(self) -> list[str]:
        return [*self.urgent, *self.waiting, *self.delayed, *self.due, *self.in_flight]
