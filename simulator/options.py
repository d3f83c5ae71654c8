"""What world to make, and how it behaves where the platform's behaviour is not documented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Faults:
    """Trouble on demand; can be changed while the simulator runs."""

    latency_seconds: float = 0.0
    error_share: float = 0.0
    """Requests answered with HTTP 500 and code 36009003."""
    reset_share: float = 0.0
    """Connections closed without an answer, after the request was carried out."""
    malformed_share: float = 0.0
    outage: bool = False
    """Every request: HTTP 503 without an envelope."""


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    seed: int = 1
    shops: int = 10
    products: int = 2000
    """Of all shops together."""
    regions: tuple[str, ...] = ("US",)
    app_key: str = "simulated-key"
    app_secret: str = "simulated-secret"  # noqa: S105
    webhook_url: str | None = None
    audit_seconds: tuple[float, float] = (0.5, 1.5)
    audit_reject_share: float = 0.01
    reads_per_second: tuple[int, int] = (40, 80)
    writes_per_second: tuple[int, int] = (30, 60)
    unlimited: bool = False
    """No allowance at all, for benchmarks."""
    quota_per_day: int | None = None
    tells_retry_after: bool = False
    refuses_edit_during_audit: bool = False
    """Undocumented: both are tested."""
    old_tokens_die: bool = True
    """Undocumented: whether a refresh ends the tokens before it."""
    business_errors_status: int = 200
    """Undocumented: the HTTP status that comes with a business error."""
