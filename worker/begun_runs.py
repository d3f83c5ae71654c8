"""Adds each run to the record when this process first works for it, so that people find it in the list of runs."""

from __future__ import annotations

from datetime import datetime

from model.job import Job
from record.record import Record
from record.state import Run

MAX_KNOWN = 10_000


class BegunRuns:
    def __init__(self) -> None:
        self._known: dict[str, None] = {}

    async def begin(self, record: Record, job: Job, at: datetime) -> None:
        """Adds the job's run unless this process has added it before. Raises RecordUnavailable."""
        if not job.run_id or job.run_id in self._known:
            return
        await record.begin_run(Run(job.run_id, at, "undo" if job.kind == "undo" else "relist"))
        while len(self._known) >= MAX_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[job.run_id] = None
