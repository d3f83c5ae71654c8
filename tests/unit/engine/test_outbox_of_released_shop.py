"""On a cluster a commit may have been made whose answer was lost: a shop that is let go has its outbox looked at."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from shop_queue.leases import Lease, Leases
from shop_queue.outcome_relay import OutcomeRelay
from tests.support.engine_state import Watch, engine_state, hold
from worker.engine.lease_loop import LeaseLoop


class Released(Leases):
    def __init__(self) -> None:
        super().__init__(Redis(), "w1", 30)

    async def release(self, releases: Sequence[tuple[Lease, float | None]]) -> int:
        return len(releases)


async def test_a_shop_that_is_lost_or_given_back_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []
    monkeypatch.setattr(OutcomeRelay, "note", lambda _, shop_id: noted.append(shop_id))
    state = engine_state({}, Watch())
    state.drop(hold(state, "7494"))
    assert noted == ["7494"]
    state.release_if_idle(hold(state, "7495"))
    await LeaseLoop(state, Released())._release_closed()
    assert noted == ["7494", "7495"]
    assert not state.held
