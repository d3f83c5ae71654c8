"""A shop that is tried and parked again is parked since the first time."""

from __future__ import annotations

from monitoring.parked_since import FORGOTTEN_SECONDS, updated


def test_shop_is_parked_since_its_first_park_for_the_same_reason() -> None:
    first = updated({}, {"1": "token"}, 100.0)
    assert first["1"].since == 100.0
    trying = updated(first, {}, 160.0)
    assert trying["1"].since == 100.0, "a short try does not end the park"
    assert updated(trying, {"1": "token"}, 220.0)["1"].since == 100.0
    assert updated(trying, {"1": "seller"}, 220.0)["1"].since == 220.0


def test_a_working_shop_is_forgotten() -> None:
    parked = updated({}, {"1": "token"}, 100.0)
    later = 100.0 + FORGOTTEN_SECONDS + 1
    assert updated(parked, {}, later) == {}
    assert updated(parked, {"1": "token"}, later)["1"].since == later
