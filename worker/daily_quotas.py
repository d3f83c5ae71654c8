"""Parks shops whose daily quota of edits is used up, and lets them follow their audits meanwhile.

The quota limits edits only (fact `listing_quota`). A park stops every job of a shop, so it lasts for a few minutes at a
time. Then edits step aside for audits and other jobs, until one of them parks the shop again without a request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.engine.results import Park, StepAside

FOLLOW_AUDITS_SECONDS = 600.0
"""Length of a park: how late the end of an audit may be noticed."""
MAX_ASIDE = 100
"""Edits that step aside after each park, so that the lane's audits are reached behind as many edits."""


@dataclass(frozen=True, slots=True)
class _UsedUp:
    reason: str
    ends: datetime
    parked_until: datetime
    aside: int = 0


class DailyQuotas:
    """The used-up quotas that this process has met. Every other process has to meet them itself."""

    def __init__(self) -> None:
        self._shops: dict[str, _UsedUp] = {}

    def used_up(self, shop_id: str, park: Park, now: datetime) -> Park:
        """The first part of the park that follows from a refused edit. `now` is the platform's time."""
        assert park.seconds is not None, "a daily quota is renewed"
        known = self._shops.get(shop_id)
        if known is not None and now < known.parked_until:
            # Another edit that was in flight; the first one has parked the shop.
            return Park(known.reason, (known.parked_until - now).total_seconds())
        ends = now + timedelta(seconds=park.seconds)
        reason = f"{park.reason}: edits continue after {ends:%Y-%m-%d %H:%M} UTC, audits are followed meanwhile"
        return self._parked(shop_id, reason, ends, now)

    def still_used_up(self, shop_id: str, now: datetime) -> Park | StepAside | None:
        """The result of an edit that would be refused again, or None if it may be sent.

        A shop that runs before its park has ended was resumed by an operator, who may know of a larger quota.
        """
        known = self._shops.pop(shop_id, None)
        if known is None or not known.parked_until <= now < known.ends:
            return None
        if known.aside == MAX_ASIDE:
            return self._parked(shop_id, known.reason, known.ends, now)
        self._shops[shop_id] = replace(known, aside=known.aside + 1)
        return StepAside(known.reason)

    def _parked(self, shop_id: str, reason: str, ends: datetime, now: datetime) -> Park:
        length = min(ends - now, timedelta(seconds=FOLLOW_AUDITS_SECONDS))
        self._shops[shop_id] = _UsedUp(reason, ends, now + length)
        return Park(reason, length.total_seconds())
