"""Decides whether the client may itself repeat a failed call. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tiktok_shop.call_permits import Access
from tiktok_shop.errors import (
    AuthFailed,
    ClockSkewed,
    MalformedResponse,
    NonApiResponse,
    TikTokShopError,
    Transient,
)

READ_PAUSES = (0.4, 1.2)
"""Seconds before each repetition of a failed read. A job makes half a dozen reads, so without repetitions few jobs
would finish if one response in five were bad. Writes are never repeated here.
"""
MAX_FAILURE_SECONDS = 5.0
"""A read that took longer than this to fail is not repeated, because it has held its slot long enough."""

Step = Literal["refresh", "resend", "pause", "fail"]


@dataclass(slots=True)
class RetryBudget:
    """Remaining retries of one call: one token refresh, one new signature and, for reads, two repetitions."""

    access: Access
    refreshes: int = 1
    signatures: int = 1
    _pauses: Iterator[float] = field(init=False)
    pause_seconds: float = 0.0
    """How long to pause when the next step is `pause`; jittered."""

    def __post_init__(self) -> None:
        self._pauses = iter(READ_PAUSES if self.access == "read" else ())

    def next_step(self, error: TikTokShopError, seconds: float) -> Step:
        """Return the step after `error`, which came `seconds` after the request was sent."""
        if isinstance(error, AuthFailed):
            if not error.can_refresh or not self.refreshes:
                return "fail"
            self.refreshes -= 1
            return "refresh"
        if isinstance(error, ClockSkewed):
            if not self.signatures:
                return "fail"
            self.signatures -= 1
            return "resend"
        if not _is_temporary(error) or seconds >= MAX_FAILURE_SECONDS:
            return "fail"
        pause = next(self._pauses, None)
        if pause is None:
            return "fail"
        self.pause_seconds = pause * random.uniform(0.5, 1.0)
        return "pause"


def _is_temporary(error: TikTokShopError) -> bool:
    """Whether a repetition may succeed. The platform would repeat a malformed response."""
    return isinstance(error, NonApiResponse) or (
        isinstance(error, Transient) and not isinstance(error, MalformedResponse)
    )
