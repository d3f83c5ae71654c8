"""Callers that arrive within a short time continue together."""

from __future__ import annotations

import asyncio

import pytest

from record.shared_turn import SharedTurn


async def test_callers_of_one_time_continue_in_the_same_turn_of_the_loop() -> None:
    turn, order = SharedTurn(0.005), list[str]()

    async def ask(name: str) -> None:
        await turn.wait()
        order.append(name)
        await asyncio.sleep(0)  # the next turn
        order.append("next")

    await asyncio.gather(ask("a"), ask("b"), ask("c"))
    assert order == ["a", "b", "c", "next", "next", "next"]


async def test_a_cancelled_caller_does_not_stop_the_others() -> None:
    turn = SharedTurn(0.005)
    first, second = (asyncio.create_task(turn.wait()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_later_caller_waits_for_the_next_turn() -> None:
    turn = SharedTurn(0.0)
    await turn.wait()
    async with asyncio.timeout(5):
        await turn.wait()
