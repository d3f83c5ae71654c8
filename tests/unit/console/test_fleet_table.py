"""What people read of the fleet."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console, RenderableType

from console.commands.status import screen, speed_line
from console.fleet_table import NUMBERS, fleet_table
from console.formatting import format_duration
from console.stalled_shops import stall_reason, why_they_stand


def shop(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "shop_id": name,
        "state": "active",
        "reason": "",
        "ends_seconds": None,
        **dict.fromkeys(NUMBERS, 0),
        **changes,
    }


def state_of(*shops: dict[str, Any]) -> dict[str, Any]:
    total = {name: sum(each[name] for each in shops) for name in NUMBERS}
    workers = [{"worker": "host-1", "shops": 2}]
    return {"shops": list(shops), "workers": workers, "shops_leased": 0, "total": total, "left": None}


def printed(what: RenderableType, width: int = 160) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def shown(*shops: dict[str, Any], most: int = 20) -> str:
    return printed(fleet_table(state_of(*shops), most))


QUOTA = {"state": "parked", "reason": "the quota is used up", "ends_seconds": 3700}


def test_shops_that_stand_still_come_first_and_the_reason_is_told_once_for_all() -> None:
    shops = [shop("7001", queued=9), shop("7002", **QUOTA), shop("7003", **QUOTA)]
    text = shown(*shops)
    assert text.index("7002") < text.index("7003") < text.index("7001")
    assert "parked, 61 min" in text
    assert printed(why_they_stand(shops)).strip() == "2 shops parked: the quota is used up  7002, 7003"
    assert "parked for 1 h 1 min: the quota is used up" in printed(fleet_table(state_of(*shops), reasons=True))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (80, 18)])
def test_the_screen_fits_however_long_the_reasons_and_however_many_the_shops(width: int, height: int) -> None:
    reasons = [f"{each}: " + "the platform does not accept the shop's token " * 10 for each in "abc"]
    shops = [shop(f"749400000000000{n:04}", queued=n, rejected=1) for n in range(100)]
    shops += [shop(f"75{n}", state="parked", reason=reason, ends_seconds=3599) for n, reason in enumerate(reasons)]
    lines = printed(screen(state_of(*shops), "5.0 products/s", height), width).splitlines()
    assert len(lines) <= height
    assert lines[0].startswith("5.0 products/s")
    assert any("7494000000000000099" in line for line in lines), "shops that work are seen as well"
    assert "Ctrl-C" in lines[-1]


def test_what_never_came_has_no_column_and_the_rest_is_counted() -> None:
    text = shown(*(shop(str(n), relisted=1) for n in range(30)), most=5)
    assert "gone" not in text
    assert "and 25 more" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (65, "1 min 5 s"), (3660, "1 h 1 min"), (90_000, "1 d 1 h"), (0.4, "0 s")]
)
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_a_pause_lasts_until_somebody_ends_it() -> None:
    assert stall_reason(shop("1", state="paused", reason="stocktaking")) == "paused: stocktaking"


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
