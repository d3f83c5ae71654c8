"""The platform's time, by the Date header of its answers: it refuses requests signed at the wrong moment.

A machine whose clock is minutes off signs right from its second request on. Small differences are left alone: the
header has whole seconds, and an answer takes time. The header may be a proxy's or a cache's, and wrong: which
of the two clocks is believed is the platform's word, whenever it refuses what was signed by one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime

TOLERATED_SECONDS = 5.0
"""The platform takes 300 s behind and 30 s ahead."""


class PlatformClock:
    """`clock` is this machine's unix time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._apart = 0.0
        """Seconds between this machine's time and the header's, where that is worth a thought."""
        self._believes_header = True
        self._date, self._told = "", 0.0
        """The last date, and what it says: a busy client sees the same one many times a second."""
        self._heard = 0.0
        """When it came last, by this machine's time."""

    @property
    def offset(self) -> float:
        """Seconds to add to this machine's time."""
        return self._apart if self._believes_header else 0.0

    def now(self) -> float:
        return self._clock() + self.offset

    def moment(self) -> int:
        """The platform's time to the second, unix seconds: for what is compared with moments that it writes itself.

        Never before the moment of the last answer, however little this machine's clock is behind.
        """
        if not self._date or not self._believes_header:
            return int(self._clock())
        return int(self._told + (self._clock() - self._heard))

    def observe(self, date: str | None) -> None:
        """An answer has come that was dated so."""
        if not date:
            return
        if date != self._date:
            try:
                self._told = parsedate_to_datetime(date).timestamp()
            except (ValueError, TypeError, OverflowError):
                return
            self._date = date
        self._heard = self._clock()
        apart = self._told - self._heard
        self._apart = apart if abs(apart) > TOLERATED_SECONDS else 0.0

    def refused(self, offset: float) -> None:
        """A request that was signed with this offset came at the wrong time: the other clock is tried."""
        self._believes_header = offset == 0.0
