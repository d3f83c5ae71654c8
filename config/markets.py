"""The dates of each market's move to the v2 tree: defaults in markets.toml, replaced per market by a file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

from config.settings import SettingsError

UNUSED_DATE = "upgrades_itself"
"""Checked but ignored: operators' files may contain it."""
DATES = ("opens", "invited_from", "v1_ends", UNUSED_DATE)
KNOWN = frozenset({"regions", "invited", *DATES})


@dataclass(frozen=True, slots=True)
class Market:
    """Days begin at midnight UTC; None means unknown."""

    name: str
    regions: frozenset[str]
    opens: date | None = None
    invited_from: date | None = None
    v1_ends: date | None = None
    invited: frozenset[str] = frozenset()
    """IDs of the shops in the pre-release."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A shop whose market is not open yet."""

    reason: str
    """Shown to operators."""
    seconds: float
    """Time until the market opens."""


@dataclass(frozen=True, slots=True)
class Markets:
    by_region: dict[str, Market] = field(default_factory=dict)

    def of(self, region: str) -> Market | None:
        return self.by_region.get(region.upper())

    def deadlines(self) -> dict[str, float]:
        """Return when v1 ends in each region, in Unix seconds; regions without a known date are left out."""
        return {
            region: _midnight(market.v1_ends).timestamp()
            for region, market in self.by_region.items()
            if market.v1_ends is not None
        }

    def closed(self, shop_id: str, region: str, now: datetime) -> Closed | None:
        """Return why and for how long the shop's jobs must wait, or None."""
        market = self.of(region)
        if market is None or market.opens is None:
            return None
        opens = market.opens
        if shop_id in market.invited and market.invited_from is not None:
            opens = min(opens, market.invited_from)
        seconds = (_midnight(opens) - now).total_seconds()
        if seconds <= 0:
            return None
        return Closed(f"v2 opens in {region} on {opens.isoformat()} (market {market.name})", seconds)


def load_markets(path: Path | None = None) -> Markets:
    """Raises SettingsError with one line that names the market and the invalid entry."""
    tables = tomllib.loads(files("config").joinpath("markets.toml").read_text(encoding="utf-8"))
    if path is not None:
        try:
            tables |= tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as problem:
            raise SettingsError(f"RELIST_MARKETS_FILE: {path} cannot be read: {problem.strerror}") from None
        except UnicodeDecodeError:
            raise SettingsError(f"RELIST_MARKETS_FILE: {path} is not UTF-8") from None
        except tomllib.TOMLDecodeError as problem:
            raise SettingsError(f"RELIST_MARKETS_FILE: {path} is not TOML: {problem}") from None
    by_region: dict[str, Market] = {}
    for name, table in tables.items():
        market = _market(name, table)
        for region in market.regions:
            if region in by_region:
                other = by_region[region].name
                raise SettingsError(f"RELIST_MARKETS_FILE: region {region} is in market {other} and in {name}")
            by_region[region] = market
    return Markets(by_region)


def _market(name: str, table: Any) -> Market:
    def wrong(what: str) -> SettingsError:
        return SettingsError(f"RELIST_MARKETS_FILE: market {name}: {what}")

    if not isinstance(table, dict):
        raise wrong("must be a table")
    if unknown := sorted(set(table) - KNOWN):
        raise wrong(f"{unknown[0]} is not one of {', '.join(sorted(KNOWN))}")
    for entry in ("regions", "invited"):
        if not isinstance(table.get(entry, []), list) or not all(isinstance(one, str) for one in table.get(entry, [])):
            raise wrong(f"{entry} must be a list of strings")
    dates: dict[str, date | None] = {}
    for entry in DATES:
        value = table.get(entry)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise wrong(f"{entry} must be a date such as 2026-01-12")
        dates[entry] = value
    dates.pop(UNUSED_DATE)
    regions = frozenset(region.upper() for region in table.get("regions", ()))
    return Market(name, regions, invited=frozenset(table.get("invited", ())), **dates)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
