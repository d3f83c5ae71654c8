"""What the engine tells of itself; worker/metrics.py turns it into Prometheus series."""

from __future__ import annotations

from model.job import Job
from worker.engine.results import Result


class Observer:
    """Listens to nothing; the base of those that do."""

    def job_started(self, job: Job) -> None: ...

    def job_ended(self, job: Job, result: Result, seconds: float) -> None: ...

    def job_handed_back(self, job: Job) -> None:
        """Interrupted before it came to an end; the next holder starts it anew."""

    def pace_waited(self, access: str, seconds: float) -> None: ...

    def shop_throttled(self, shop_id: str) -> None: ...

    def shop_waited(self, seconds: float) -> None:
        """A shop was taken that had had work, and no worker, for so long."""

    def lease_taken(self, shop_id: str, recovered: int) -> None: ...

    def lease_lost(self, shop_id: str) -> None: ...

    def lease_released(self, shop_id: str) -> None: ...

    def shop_parked(self, shop_id: str, reason: str) -> None: ...

    def committed(self, operations: int, seconds: float) -> None: ...

    def redis_unavailable(self, error: str) -> None: ...

    def circuit_opened(self, error: str) -> None:
        """The breaker opened: nothing starts but a probe now and then."""

    def circuit_closed(self) -> None: ...
