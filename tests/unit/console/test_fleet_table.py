"""The fleet table and the watch screen of `relist status`."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console, RenderableType

from console.commands.status import screen, speed_line
from console.fleet_table import NUMBERS, fleet_table
from console.formatting import format_duration
from console.stalled_shops import stall_reason, stall_summary
from model.product_state import STATES


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
    healthy = {"outage": None, "problems": [], "refused_starts": []}
    return {"shops": list(shops), "workers": workers, **healthy, "shops_leased": 0, "total": total, "left": 0}


def printed(what: RenderableType, width: int = 160) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def shown(*shops: dict[str, Any], limit: int = 20) -> str:
    return printed(fleet_table(state_of(*shops), limit))


QUOTA = {"state": "parked", "reason": "the quota is used up", "ends_seconds": 3700}


def test_stalled_shops_come_first_with_their_reason_once() -> None:
    shops = [shop("7001", jobs=9), shop("7002", **QUOTA), shop("7003", **QUOTA)]
    text = shown(*shops)
    assert text.index("7002") < text.index("7003") < text.index("7001")
    assert "parked, 61 min" in text
    assert printed(stall_summary(shops)).strip() == "2 shops parked: the quota is used up  7002, 7003"
    assert "parked for 1 h 1 min: the quota is used up" in printed(fleet_table(state_of(*shops), reasons=True))


@pytest.mark.parametrize("trouble", [False, True])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (80, 18)])
def test_watch_screen_fits_the_terminal(width: int, height: int, *, trouble: bool) -> None:
    reasons = [f"{each}: " + "the platform does not accept the shop's token " * 10 for each in "abc"]
    shops = [shop(f"749400000000000{n:04}", jobs=n, rejected=1) for n in range(100)]
    shops += [shop(f"75{n}", state="parked", reason=reason, ends_seconds=3599) for n, reason in enumerate(reasons)]
    state = state_of(*shops)
    if trouble:
        outage = {"what": "the platform fails: HTTP 503 " * 9, "fix": "wait", "since": 0.0, "workers": ["host-1"]}
        problem = {"what": "the record is unavailable " * 9, "workers": ["host-1"]}
        state |= {"outage": outage, "problems": [problem] * 5}
    lines = printed(screen(state, "5.0 products/s", height, width), width).splitlines()
    assert any("The platform: no response to 1 of 1 worker" in line for line in lines) == trouble
    assert len(lines) <= height
    assert lines[0].startswith("5.0 products/s")
    assert any("7494000000000000099" in line for line in lines), "active shops are shown as well"
    assert "Ctrl-C" in lines[-1]


def test_states_without_products_have_no_column() -> None:
    text = shown(*(shop(str(n), relisted=1) for n in range(30)), limit=5)
    assert "gone" not in text
    assert "and 25 more" in text


@pytest.mark.parametrize("width", [80, 100, 132])
@pytest.mark.parametrize("stalled", [False, True])
def test_no_number_is_cut_off_at_any_width(width: int, *, stalled: bool) -> None:
    numbers = {name: 1_000 + place for place, name in enumerate(STATES)}
    shops = [shop(f"749400000000000000{n}", known=sum(numbers.values()), **numbers) for n in range(3)]
    state = state_of(*shops, *([shop("7494000000000000009", **QUOTA)] if stalled else []))
    lines = printed(fleet_table(state, width=width), width).splitlines()
    (total,) = (line.split()[1:] for line in lines if line.startswith(" all"))
    values = [int(each.replace(",", "")) for each in total if each.replace(",", "").isdigit()][: len(total)]
    values = values[:-2] if stalled else values
    assert values[0] == state["total"]["known"] == sum(values[1:])
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (65, "1 min 5 s"), (3660, "1 h 1 min"), (90_000, "1 d 1 h"), (0.4, "0 s")]
)
def test_duration_is_formatted(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_pause_has_no_end() -> None:
    assert stall_reason(shop("1", state="paused", reason="stocktaking")) == "paused: stocktaking"


@pytest.mark.parametrize(
    ("seen", "left", "text"),
    [
        ([(0.0, 0)], 9, "0.0 products/s, 9 left, stalled"),
        ([(0.0, 0), (10.0, 50)], 100, "5.0 products/s, 100 left, about 20 s to go"),
        ([(0.0, 50), (10.0, 50)], 100, "0.0 products/s, 100 left, stalled"),
        ([(0.0, 50), (10.0, 50)], 0, "0.0 products/s, nothing left for the service to do"),
    ],
)
def test_speed_line_shows_rate_and_remaining_time(seen: list[tuple[float, int]], left: int, text: str) -> None:
    assert speed_line(seen, left) == text
