"""Hooks that a caller may plug into the client: one that paces requests and one that observes them."""

from __future__ import annotations

from typing import Literal, Protocol

Access = Literal["read", "write"]
"""The platform meters reads and writes of a shop separately."""

Purpose = Literal[
    "read", "edit", "read_back", "audit", "confirmation", "search", "catalogue", "brands", "recommendation", "other"
]
"""The reason for a request: `read` precedes a decision, `read_back` compares an edit with the platform's version,
`audit` polls its audit, and `confirmation` searches for listings that are live on v2."""


class CallPermits(Protocol):
    """Decides when a request may be sent."""

    async def acquire(self, access: Access) -> None:
        """Return when the request may be sent."""

    def report(self, access: Access, throttled: bool, retry_after: float | None) -> bool:
        """Record the result of a request.

        For a throttled request the return value says whether to acquire another permit and send it again;
        `retry_after` is the platform's Retry-After in seconds, if it sent one.
        """


class UnlimitedPermits:
    """No pacing. A throttled request raises Throttled immediately."""

    async def acquire(self, access: Access) -> None:
        return

    def report(self, access: Access, throttled: bool, retry_after: float | None) -> bool:
        return False


class CallObserver(Protocol):
    """Receives every request's result, for metrics."""

    def api_call(self, endpoint: str, code: int, http_status: int, seconds: float, purpose: Purpose) -> None:
        """Called after each request; `http_status` is 0 if no response arrived."""


class NoObserver:
    """Ignores every result."""

    def api_call(self, endpoint: str, code: int, http_status: int, seconds: float, purpose: Purpose) -> None:
        return
