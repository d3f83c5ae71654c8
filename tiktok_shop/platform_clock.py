"""Tracks the platform's time through the Date header of responses, since it refuses requests signed at a wrong time.

A machine whose clock is minutes off signs correctly from its second request on. Small differences are ignored: the
header has whole seconds and a response takes time to arrive. A proxy or cache may send a wrong header, so whenever the
platform refuses a timestamp, the clock switches to the other source.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime

TOLERATED_SECONDS = 5.0
"""The platform accepts timestamps up to 300 s old and 30 s in the future."""


class PlatformClock:
    """`clock` returns this machine's unix time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._difference = 0.0
        """Header time minus local time in seconds, or 0 if within TOLERATED_SECONDS."""
        self._trusts_header = True
        self._date, self._date_seconds = "", 0.0
        """The last Date header and its unix time, cached because a busy client sees each one many times."""
        self._observed_at = 0.0
        """Local time when that header last arrived."""

    @property
    def offset(self) -> float:
        """Seconds to add to this machine's time."""
        return self._difference if self._trusts_header else 0.0

    def now(self) -> float:
        """Return the platform's unix time."""
        return self._clock() + self.offset

    def timestamp(self) -> int:
        """Return the platform's time in whole unix seconds, for comparison with timestamps that the platform writes.

        Never earlier than the Date of the last response, even if this machine's clock is slightly slow.
        """
        if not self._date or not self._trusts_header:
            return int(self._clock())
        return int(self._date_seconds + (self._clock() - self._observed_at))

    def observe(self, date: str | None) -> None:
        """Record the Date header of a response. A missing or malformed header is ignored."""
        if not date:
            return
        if date != self._date:
            try:
                self._date_seconds = parsedate_to_datetime(date).timestamp()
            except (ValueError, TypeError, OverflowError):
                return
            self._date = date
        self._observed_at = self._clock()
        difference = self._date_seconds - self._observed_at
        self._difference = difference if abs(difference) > TOLERATED_SECONDS else 0.0

    def reject(self, offset: float) -> None:
        """Switch to the other time source, because the platform refused a timestamp made with this `offset`."""
        self._trusts_header = offset == 0.0
