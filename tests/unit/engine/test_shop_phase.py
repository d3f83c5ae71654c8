"""The phases of a held shop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_queue.consumer import Release
from tests.support.engine_state import Watch, engine_state, hold
from worker.engine.shop_phase import HELD_SHOP, OPEN, PhaseEvent, ShopPhase, next_phase

EVENTS: list[PhaseEvent] = sorted({event for _, event in HELD_SHOP})


@given(st.lists(st.sampled_from(EVENTS)))
def test_a_shop_that_drains_never_starts_jobs_again(events: list[PhaseEvent]) -> None:
    phase = ShopPhase.ACTIVE
    for event in events:
        before, phase = phase, next_phase(phase, event)
        assert before in OPEN or phase not in OPEN


def test_every_phase_can_be_reached_and_left() -> None:
    reached = set(HELD_SHOP.values()) | {ShopPhase.ACTIVE}
    assert reached == set(ShopPhase)
    assert {before for before, _ in HELD_SHOP} == set(ShopPhase) - {ShopPhase.RELEASED, ShopPhase.LOST}


@pytest.mark.parametrize("change", [False, True])
def test_a_shop_with_results_to_commit_is_not_released(change: bool) -> None:
    state = engine_state({}, Watch())
    shop = hold(state)
    shop.finished.append(Release("1"))
    if change:
        shop.on("change")
    state.drain(shop)
    assert shop.phase is ShopPhase.DRAINING
    assert not state.releasing
    shop.finished.clear()
    state.after_change(shop)
    assert shop.phase is ShopPhase.RELEASING
    assert state.releasing == [shop]


def test_the_first_halt_decides_how_long_a_shop_waits() -> None:
    state = engine_state({}, Watch())
    shop = hold(state)
    shop.finished.append(Release("1"))
    state.halt(shop, 60.0)
    state.halt(shop, None)
    assert (shop.phase, shop.release_delay) == (ShopPhase.HALTING, 60.0)


def test_a_stale_shop_is_not_released_before_it_is_reread() -> None:
    state = engine_state({}, Watch())
    shop = hold(state)
    shop.on("change")
    state.after_change(shop)
    assert shop.phase is ShopPhase.STALE
    assert not state.releasing
