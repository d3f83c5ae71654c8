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
    """Initial rate limit of a new shop, in requests per second."""
    max_rate: float = 50.0
    max_attempts: int = 5
    max_body_bytes: int = 8 * 1024 * 1024
    """Maximum bytes of the bodies (new listings) of concurrently running jobs. Processing a body takes many times its
    size.
    """
    outcomes_maxlen: int = 1_000_000
    fatal_assertions: bool = True
    """Whether a failed assertion of the engine stops it. In production it is counted and logged, and work continues."""
    app_rate: float | None = None
    """Requests per second of all shops and workers together; None means no limit."""
