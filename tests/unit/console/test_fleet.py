"""What people read of the fleet."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from console.fleet import NUMBERS, fleet_table, span, standstill
from console.status import speed_line


def shop(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "shop_id": name,
        "state": "active",
        "reason": "",
        "ends_seconds": None,
        **dict.fromkeys(NUMBERS, 0),
        **changes,
    }


def shown(*shops: dict[str, Any], most: int = 20) -> str:
    total = {name: sum(each[name] for each in shops) for name in NUMBERS}
    state = {"shops": list(shops), "workers": [], "shops_leased": 0, "total": total, "left": None}
    console = Console(width=160)
    with console.capture() as captured:
        console.print(fleet_table(state, most))
    return captured.get()


def test_shops_that_stand_still_come_first_with_their_reason() -> None:
    text = shown(shop("7001", queued=9), shop("7002", state="parked", reason="the quota is used up", ends_seconds=3700))
    assert text.index("7002") < text.index("7001")
    assert "parked for 1 h 1 min: the quota is used up" in text


def test_what_never_came_has_no_column_and_the_rest_is_counted() -> None:
    text = shown(*(shop(str(n), relisted=1) for n in range(30)), most=5)
    assert "gone" not in text
    assert "and 25 more" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (65, "1 min 5 s"), (3660, "1 h 1 min"), (90_000, "1 d 1 h"), (0.4, "0 s")]
)
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_pause_lasts_until_somebody_ends_it() -> None:
    assert standstill(shop("1", state="paused", reason="stocktaking")) == "paused: stocktaking"


@pytest.mark.parametrize(
    ("seen", "left", "text"),
    [
        ([(0.0, 0)], None, "0.0 products/s"),
        ([(0.0, 0), (10.0, 50)], 100, "5.0 products/s, 100 left, about 20 s to go"),
        ([(0.0, 50), (10.0, 50)], 100, "0.0 products/s, 100 left, standing still"),
        ([(0.0, 50), (10.0, 50)], 0, "0.0 products/s, every product of the last sweeps is in hand"),
    ],
)
def test_speed_and_what_is_left(seen: list[tuple[float, int]], left: int | None, text: str) -> None:
    assert speed_line(seen, left) == text
