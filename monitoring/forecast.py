"""Compares a shop's remaining products with its market's deadline, at the current speed of service and people. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

ForecastStatus = Literal["done", "date past", "late", "waits for people", "no pace", "no date", "on time"]
ORDER: tuple[ForecastStatus, ...] = ("date past", "late", "waits for people", "no pace", "no date", "on time", "done")
"""The most urgent first."""
FARTHEST_SECONDS = 1e9
"""Later ends are not useful for planning."""


@dataclass(frozen=True, slots=True)
class Left:
    for_machines: int
    """Products on v1 that the service or the platform acts on next, including those not found yet."""
    for_people: int
    """Products on v1 that wait for a person."""

    @property
    def products(self) -> int:
        return self.for_machines + self.for_people


@dataclass(frozen=True, slots=True)
class Pace:
    per_second: float
    """Products that the service processes."""
    answers_per_day: float
    """Products that wait for people's answers or corrections."""


@dataclass(frozen=True, slots=True)
class Forecast:
    verdict: ForecastStatus
    machines_finish: datetime | None = None
    """When nothing is left for the service; None = it has nothing to do, or its speed is unknown."""
    people_finish: datetime | None = None
    """When nothing waits for people; None = nothing waits for people, or their speed is unknown."""
    late_by: timedelta | None = None
    note: str = ""
    """The consequence of the verdict and the remedy."""
    waits: bool = False
    """Whether something is left whose speed is unknown, so that no end can be forecast."""

    @property
    def finish(self) -> datetime | None:
        """When nothing is left; None = unknown, or nothing is left already."""
        return None if self.waits else self.latest

    @property
    def latest(self) -> datetime | None:
        """The latest known end; nothing can be finished earlier."""
        return max((at for at in (self.machines_finish, self.people_finish) if at is not None), default=None)


def forecast(left: Left, pace: Pace, v1_ends: date | None, region: str, now: datetime) -> Forecast:
    """v1 ends at midnight UTC at the start of its day."""
    if not left.products:
        return Forecast("done")
    machines = _end(left.for_machines, pace.per_second, now)
    people = _end(left.for_people, pace.answers_per_day / 86_400, now)
    waits = bool((left.for_machines and machines is None) or (left.for_people and people is None))
    known = Forecast("on time", machines, people, waits=waits)
    deadline = datetime.combine(v1_ends, time.min, UTC) if v1_ends is not None else None
    if deadline is not None and deadline <= now:
        return _with(known, "date past", note=_past(region, deadline))
    if deadline is not None and known.latest is not None and known.latest > deadline:
        late = known.latest - deadline
        who = "answering" if known.latest == people and people != machines else "the service"
        return _with(known, "late", late_by=late, note=f"{who} finishes after v1 ends")
    if left.for_machines and machines is None:
        return _with(known, "no pace", note="the service processed nothing in the last 10 minutes: relist doctor")
    if left.for_people and people is None:
        return _with(known, "waits for people", note="nobody has answered in the last week: relist worklist export")
    if deadline is None:
        note = f"no date is known for {region}: set v1_ends of its market in RELIST_MARKETS_FILE"
        return _with(known, "no date", note=note)
    return known


def _end(products: int, per_second: float, now: datetime) -> datetime | None:
    if not products or per_second <= 0 or products / per_second > FARTHEST_SECONDS:
        return None
    return now + timedelta(seconds=products / per_second)


def _past(region: str, deadline: datetime) -> str:
    return (
        f"v1 ended in {region} on {deadline:%Y-%m-%d}, and products are still on v1."
        " The platform refuses every change to them that does not move them to v2"
    )


def _with(known: Forecast, verdict: ForecastStatus, *, late_by: timedelta | None = None, note: str = "") -> Forecast:
    return Forecast(verdict, known.machines_finish, known.people_finish, late_by, note, known.waits)
