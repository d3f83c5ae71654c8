"""Options of an engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineOptions:
    max_jobs: int = 100
    lease_seconds: float = 30.0
    slice_seconds: float = 5.0
    """Seconds for which a shop is kept while others wait."""
    max_shops: int = 1000
    default_rate: float = 10.0
    """Requests per second that a new shop starts with."""
    max_rate: float = 50.0
    max_attempts: int = 5
    max_body_bytes: int = 8 * 1024 * 1024
    """Bytes of job bodies (new listings) that run at once. Processing a body takes many times its size."""
    outcomes_maxlen: int = 1_000_000
    app_rate: float | None = None
    """Requests per second of all shops and workers together; None means no limit."""
