"""Events of the engine, which worker/metrics.py turns into Prometheus series."""

from __future__ import annotations

from authorisation.causes import Cause
from model.job import Job
from tiktok_shop.call_permits import Purpose
from worker.engine.results import Result


class Observer:
    """Ignores every event. Observers override the ones they need."""

    def job_started(self, job: Job) -> None: ...

    def job_ended(self, job: Job, result: Result, seconds: float) -> None: ...

    def job_released(self, job: Job) -> None:
        """The job was interrupted; it starts again from the beginning."""

    def rate_limit_waited(self, access: str, seconds: float) -> None: ...

    def shop_throttled(self, shop_id: str) -> None: ...

    def shop_waited(self, seconds: float) -> None:
        """A shop was leased after having had work but no worker for this long."""

    def lease_taken(self, shop_id: str, recovered: int) -> None: ...

    def lease_lost(self, shop_id: str) -> None: ...

    def lease_released(self, shop_id: str) -> None: ...

    def shop_parked(self, shop_id: str, reason: str) -> None: ...

    def committed(self, operations: int, seconds: float) -> None: ...

    def job_committed(self, shop_id: str, job_id: str) -> None:
        """The end of a job is stored in Redis; the job cannot run again."""

    def api_call(self, endpoint: str, code: int, http_status: int, seconds: float, purpose: Purpose) -> None:
        """The API client has completed a request (tiktok_shop/call_permits.py)."""

    def redis_unavailable(self, error: str) -> None: ...

    def assertion_failed(self, name: str) -> None:
        """The engine has found its own state inconsistent (EngineState.check)."""

    def circuit_opened(self, error: str, cause: Cause | None) -> None:
        """The API is down: only probes start. `cause`: see Retry."""

    def probe_failed(self) -> None:
        """The API is still down."""

    def circuit_closed(self) -> None: ...
