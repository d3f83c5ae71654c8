"""`relist shops list`, in the 80 columns of a pipe."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from console.shops import shops_table, standing_still

SHOP = "7494000000000000101"
WHY = "the platform does not accept the shop's token: let the seller authorise the app again, then relist shops add"


def row(**changes: Any) -> dict[str, Any]:
    return {"shop_id": SHOP, "region": "US", "state": "active", "reason": "", "limit": None, **changes}


def test_an_id_and_a_state_can_be_searched_for_in_a_pipe() -> None:
    console = Console(width=80)
    with console.capture() as captured:
        console.print(
            shops_table([row(state="parked", limit=12.5, queued=1_000_000, relisted=1_000_000, needs_input=9)])
        )
    assert SHOP in captured.get()
    assert "parked" in captured.get()
    assert "1000000" in captured.get()


def test_a_reason_is_told_whole_and_with_its_shop() -> None:
    assert standing_still([row(), row(state="parked", reason=WHY)]) == [f"{SHOP} is parked: {WHY}"]
