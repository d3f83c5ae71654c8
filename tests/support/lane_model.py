"""A model of a lane in plain Python; shop_queue/lua/ implements the same rules in Redis."""

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
    """Delayed jobs that are due, in that order."""
    in_flight: dict[str, str] = field(default_factory=dict)
    """Change since the claim: none, `hints`, `event` (of a webhook), or `edit` (another edit was accepted)."""
    crashes: dict[str, int] = field(default_factory=dict)
    """Crash counts; negative while the job runs again, so that the next crash counts."""
    overtaking: set[str] = field(default_factory=set)
    """Jobs moved from `waiting` to `urgent`; their entries in `waiting` are stale until a claim skips them."""
    blocked: dict[str, str] = field(default_factory=dict)
    """Blocked products, each with the kind of the job that blocked it."""
    known: set[str] = field(default_factory=set)
    """Products that a real job or search has found; a dry run makes none known."""
    audits: set[str] = field(default_factory=set)
    """Products in audit."""
    published: Counter[tuple[str, str]] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)

    def enqueue(self, request: EnqueueRequest) -> None:
        job = request.job
        old = self.jobs.get(job.id)
        if (old is None and not request.update_only) or (old is not None and old.dry_run and not request.update_only):
            self._know(request)
        if old is None:
            if not request.update_only and not self._is_skipped(request):
                self.jobs[job.id] = job
                self._place(request)
        elif job.dry_run and not old.dry_run:
            pass
        elif job.has_hints or job.priority == "urgent" or job.dry_run != old.dry_run:
            self.jobs[job.id] = old.merged_with(job, is_event=request.update_only)
            if job.id in self.in_flight:
                if not request.update_only or job.has_hints:
                    self._mark(job.id, "event" if request.update_only else "hints")
            elif job.priority == "urgent":
                self._overtake(job.id)
            elif not request.delay_seconds:
                self._move(job.id, (self.delayed, self.due), self.waiting)

    def _know(self, request: EnqueueRequest) -> None:
        product, is_added = request.job.product_id, not self._is_skipped(request)
        if product and not request.job.dry_run and (is_added or product in self.blocked):
            self.known.add(product)

    def _is_skipped(self, request: EnqueueRequest) -> bool:
        """Whether a search skips the product, because it is in audit or blocked."""
        product = request.job.id
        return request.skip_if_pending and (AUDIT + product in self.jobs or product in self.blocked)

    def _replaces_dry_run(self, request: EnqueueRequest) -> bool:
        """Whether a search for a real run replaces a queued dry run."""
        dry = self.jobs[request.job.id].dry_run
        return dry and not request.job.dry_run and not self._is_skipped(request)

    def _place(self, request: EnqueueRequest) -> None:
        urgent = request.job.priority == "urgent"
        place = self.delayed if request.delay_seconds else self.urgent if urgent else self.waiting
        place.append(request.job.id)

    def _mark(self, job_id: str, what: str) -> None:
        """Another edit outranks hints, which outrank an event."""
        marks = ("", "event", "hints", "edit")
        self.in_flight[job_id] = max(self.in_flight[job_id], what, key=marks.index)

    @staticmethod
    def _move(job_id: str, sources: tuple[list[str], ...], target: list[str]) -> None:
        for source in sources:
            if job_id in source:
                source.remove(job_id)
                target.append(job_id)

    def _overtake(self, job_id: str) -> None:
        if job_id in self.delayed or job_id in self.due:
            self._move(job_id, (self.delayed, self.due), self.urgent)
        elif job_id not in self.overtaking:
            self.overtaking.add(job_id)
            self.urgent.append(job_id)

    def claim(self, count: int) -> list[tuple[Job, int]]:
        """Claims jobs. Returns each with its crash count."""
        taken: list[str] = []
        while self.due and len(taken) < count:
            taken.append(self.due.pop(0))
        for place in (self.urgent, self.waiting):
            while place and len(taken) < count:
                job_id = place.pop(0)
                if job_id not in taken and self._is_listed_only(job_id):
                    taken.append(job_id)
        self.overtaking.difference_update(taken)
        self.in_flight.update(dict.fromkeys(taken, ""))
        return [(self.jobs[job_id], self.crashes.get(job_id, 0)) for job_id in taken]

    def start(self, job_id: str) -> None:
        if self.crashes.get(job_id, 0) > 0:
            self.crashes[job_id] = -self.crashes[job_id]

    def commit(self, operations: Sequence[Operation]) -> None:
        ended: dict[str, Job] = {}
        for operation in operations:
            job_id = job_of(operation)
            mark = self.in_flight.pop(job_id)
            if isinstance(operation, Release):
                self.urgent.insert(0, job_id)
                if job_id in self.crashes:
                    self.crashes[job_id] = abs(self.crashes[job_id])
                continue
            self.crashes.pop(job_id, None)
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
            for request in operation.follow_ups:
                self._follow_up(request, ended)

    def _finish(self, finish: Complete, mark: str, ended: dict[str, Job]) -> None:
        job_id, is_audit = finish.job_id, finish.job_id.startswith(AUDIT)
        product = job_id.removeprefix(AUDIT)
        is_only_tried = self.jobs[job_id].dry_run and product in self.known
        runs_again = mark == "edit" if is_audit else mark == "hints" or (mark == "event" and finish.blocked)
        if runs_again:
            self.waiting.append(job_id)
            if mark == "event":
                return
        else:
            ended[job_id] = self.jobs.pop(job_id)
            if is_audit:
                self.audits.discard(product)
        self.counted[finish.outcome] += 1
        if finish.record is not None:
            self.published[product, finish.outcome] += 1
        # What has blocked the product since its edit was accepted is newer than the audit that ends.
        is_asked_since = is_audit and self.blocked.get(product, "audit") != "audit"
        if is_only_tried or is_asked_since:
            return
        if finish.blocked:
            self.blocked[product] = "audit" if is_audit else "relist"
        else:
            self.blocked.pop(product, None)

    def _follow_up(self, request: EnqueueRequest, ended: dict[str, Job]) -> None:
        job_id = request.job.id
        is_audit = job_id.startswith(AUDIT)
        self._know(request)
        if is_audit:
            self.audits.add(job_id.removeprefix(AUDIT))
        # A job completed in the same commit still prevents a search from enqueueing it again, unless a dry run ended
        # and a real run is wanted. It never prevents an audit, which belongs to another edit and must be followed.
        over = ended.get(job_id)
        stands = over is not None and not is_audit and (request.job.dry_run or not over.dry_run)
        if job_id not in self.jobs and not stands and not self._is_skipped(request):
            ended.pop(job_id, None)
            self.jobs[job_id] = request.job
            self._place(request)
            self.counted["enqueued"] += 1
        elif not is_audit and job_id in self.jobs and self._replaces_dry_run(request):
            self.jobs[job_id] = request.job
            if job_id in self.in_flight:
                self._mark(job_id, "hints")
        elif is_audit:
            self.jobs[job_id] = request.job
            if job_id in self.in_flight:
                self._mark(job_id, "edit")
            for place in (self.delayed, self.due):
                if job_id in place:
                    place.remove(job_id)
                    self._place(request)

    def open(self, order: list[str]) -> None:
        """The next consumer puts the in-flight jobs of a dead one at the head, in the order they were claimed."""
        assert set(order) == set(self.in_flight)
        self.urgent[:0] = order
        for job_id in order:
            if self.crashes.get(job_id, 0) <= 0:
                self.crashes[job_id] = 1 - self.crashes.get(job_id, 0)
        self.in_flight.clear()

    def places(self) -> list[str]:
        """The place of each job; entries whose job is elsewhere, or has ended, are stale and do not count."""
        listed = {job_id for job_id in (*self.urgent, *self.waiting) if self._is_listed_only(job_id)}
        return [*listed, *self.delayed, *self.due, *self.in_flight]

    def _is_listed_only(self, job_id: str) -> bool:
        elsewhere = job_id in self.in_flight or job_id in self.delayed or job_id in self.due
        return job_id in self.jobs and not elsewhere
