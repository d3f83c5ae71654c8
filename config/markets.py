"""Which markets are on the v2 tree, from when: dated defaults in markets.toml, replaced market by market by a file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

from config.settings import SettingsError

DATES = ("opens", "invited_from", "v1_ends", "upgrades_itself")
KNOWN = frozenset({"regions", "invited", *DATES})


@dataclass(frozen=True, slots=True)
class Market:
    """Days begin at midnight UTC; None = not known."""

    name: str
    regions: frozenset[str]
    opens: date | None = None
    invited_from: date | None = None
    v1_ends: date | None = None
    upgrades_itself: date | None = None
    invited: frozenset[str] = frozenset()
    """Shops of the pre-release."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A shop whose market is not open yet; `str(reason)` is fit for a person."""

    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Markets:
    by_region: dict[str, Market] = field(default_factory=dict)

    def of(self, region: str) -> Market | None:
        return self.by_region.get(region.upper())

    def deadlines(self) -> dict[str, float]:
        """Region -> when v1 ends there, Unix seconds; only where it is known."""
        return {
            region: _midnight(market.v1_ends).timestamp()
            for region, market in self.by_region.items()
            if market.v1_ends is not None
        }

    def closed(self, shop_id: str, region: str, now: datetime) -> Closed | None:
        """Why the shop's jobs must wait, and for how long; None when they need not."""
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
    """Raises SettingsError with one line that names the market and the entry that is wrong."""
    tables = tomllib.loads(files("config").joinpath("markets.toml").read_text(encoding="utf-8"))
    if path is not None:
        try:
            tables |= tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise SettingsError(f"RELIST_MARKETS_FILE: {path} can not be read: {problem}") from None
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
        raise wrong("not a table")
    if unknown := sorted(set(table) - KNOWN):
        raise wrong(f"{unknown[0]} is not one of {', '.join(sorted(KNOWN))}")
    for entry in ("regions", "invited"):
        if not isinstance(table.get(entry, []), list) or not all(isinstance(one, str) for one in table.get(entry, [])):
            raise wrong(f"{entry} is not a list of texts")
    dates: dict[str, date | None] = {}
    for entry in DATES:
        value = table.get(entry)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise wrong(f"{entry} is not a date such as 2026-01-12")
        dates[entry] = value
    regions = frozenset(region.upper() for region in table.get("regions", ()))
    return Market(name, regions, invited=frozenset(table.get("invited", ())), **dates)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
