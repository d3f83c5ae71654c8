"""The outbox of a lost or released shop is relayed, since a commit may have been made on a cluster."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from shop_queue.leases import Lease, Leases
from shop_queue.outcome_relay import OutcomeRelay
from tests.support.engine_state import Watch, engine_state, hold
from worker.engine.claims import Claims
from worker.engine.lease_loop import LeaseLoop


class Released(Leases):
    def __init__(self) -> None:
        super().__init__(Redis(), "w1", 30)

    async def release(self, releases: Sequence[tuple[Lease, float | None]]) -> int:
        return len(releases)


async def test_lost_and_released_shops_are_noted_for_the_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []
    monkeypatch.setattr(OutcomeRelay, "note", lambda _, shop_id: noted.append(shop_id))
    state = engine_state({}, Watch())
    state.abandon(hold(state, "7494"))
    assert noted == ["7494"]
    state.release_if_idle(hold(state, "7495"))
    await LeaseLoop(state, Released(), Claims(state))._release()
    assert noted == ["7494", "7495"]
    assert not state.held
