"""The markets file and when each market opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.markets import load_markets
from config.settings import SettingsError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATE = """
[latecomers]
regions = ["MX"]
invited_from = 2026-11-01
opens = 2026-12-01
invited = ["7494"]
"""


def markets_file(directory: Path, text: str) -> Path:
    path = directory / "markets.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("region", ["US", "ID", "GB", "DE", "JP", "us", "XX"])
def test_known_markets_are_open(region: str) -> None:
    assert load_markets().closed("1", region, NOW) is None


def test_market_is_closed_until_it_opens() -> None:
    closed = load_markets().closed("1", "TH", datetime(2025, 8, 19, 23, tzinfo=UTC))
    assert closed is not None
    assert closed.seconds == timedelta(hours=1).total_seconds()
    assert "2025-08-20" in closed.reason


def test_invited_shops_start_earlier(tmp_path: Path) -> None:
    markets = load_markets(markets_file(tmp_path, LATE))
    assert markets.closed("7494", "MX", NOW) is None
    assert markets.closed("1", "MX", NOW) is not None
    assert markets.closed("7494", "MX", datetime(2026, 10, 1, tzinfo=UTC)) is not None


def test_file_replaces_one_market_only(tmp_path: Path) -> None:
    us = '[us]\nregions = ["US"]\nopens = 2027-01-01\n'
    markets = load_markets(markets_file(tmp_path, us))
    assert markets.closed("1", "US", NOW) is not None
    thailand = markets.of("TH")
    assert thailand is not None
    assert thailand.v1_ends is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[x]\nopens = 'soon'", "market x: opens must be a date"),
        ("[x]\nopens = 2026-01-01T10:00:00", "market x: opens must be a date"),
        ("[x]\nopening = 2026-01-01", "market x: opening is not one of"),
        ("[x]\nregions = 'US'", "market x: regions must be a list"),
        ("[x]\nregions = ['US']", "region US is in market us and in x"),
        ("x = 1", "market x: must be a table"),
        ("[", "is not TOML"),
    ],
)
def test_invalid_markets_file_is_reported_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(SettingsError, match="RELIST_MARKETS_FILE") as problem:
        load_markets(markets_file(tmp_path, text))
    assert expected in str(problem.value)
    assert "\n" not in str(problem.value).replace(str(tmp_path), "")


def test_deadlines_list_only_known_dates(tmp_path: Path) -> None:
    file = tmp_path / "markets.toml"
    file.write_text('[us]\nregions = ["US"]\nv1_ends = 2026-12-01\n[mexico]\nregions = ["MX"]\n')
    deadlines = load_markets(file).deadlines()
    assert deadlines["US"] == datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    assert "MX" not in deadlines


def test_a_binary_file_is_named_without_a_decoder(tmp_path: Path) -> None:
    (tmp_path / "markets.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"^RELIST_MARKETS_FILE: .+ is not UTF-8$"):
        load_markets(tmp_path / "markets.toml")
