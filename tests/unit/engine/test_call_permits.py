"""When the calls of a shop's jobs leave, in simulated time: both paces, the ceiling over all shops, and the lease."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any

import pytest

from tests.support.simulated_time import run_in_simulated_time
from worker.engine.call_permits import LONGEST_WAIT, Access, JobPermits, LeaseOver, ShopRateLimiter
from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.observer import Observer

LEARNED = {"read": {"rate": 20.0, "known": True}, "write": {"rate": 4.0, "known": False}}


def rates(pacing: ShopRateLimiter) -> dict[str, float]:
    return {access: pace.rate for access, pace in pacing.paces.items()}


@pytest.mark.parametrize(
    ("learned", "limit", "expected"),
    [
        (None, None, {"read": 10, "write": 10}),
        (LEARNED, None, {"read": 20, "write": 4}),
        ({"read": LEARNED["read"]}, None, {"read": 20, "write": 10}),
        (LEARNED, 6.0, {"read": 6, "write": 4}),
        (None, 200.0, {"read": 10, "write": 10}),
        ({"read": {"rate": 99.0, "known": True}}, 70.0, {"read": 50, "write": 10}),
    ],
)
def test_a_shop_goes_on_with_what_was_learned_below_every_ceiling(
    learned: dict[str, Any] | None, limit: float | None, expected: dict[str, float]
) -> None:
    pacing = ShopRateLimiter(learned, 10, 50, 0.0, limit)
    assert rates(pacing) == expected
    known = {access: pace.knows_allowance for access, pace in pacing.paces.items()}
    assert known == {access: bool((learned or {}).get(access, {}).get("known")) for access in ("read", "write")}


def test_a_limit_that_is_lifted_leaves_the_services_own() -> None:
    pacing = ShopRateLimiter(None, 10, 50, 0.0)
    pacing.set_limit(2)
    assert rates(pacing) == {"read": 2, "write": 2}
    assert {pace.max_rate for pace in pacing.paces.values()} == {2}
    pacing.set_limit(None)
    assert {pace.max_rate for pace in pacing.paces.values()} == {50}
    pacing.set_limit(80)
    assert {pace.max_rate for pace in pacing.paces.values()} == {50}


def test_what_is_learned_is_told_by_kind_of_call() -> None:
    pacing = ShopRateLimiter(LEARNED, 10, 50, 0.0)
    assert pacing.learned() == LEARNED
    assert ShopRateLimiter(pacing.learned(), 10, 50, 0.0).learned() == LEARNED


def test_a_job_without_calls_starts_at_once_and_one_with_calls_when_the_first_may_leave() -> None:
    pacing = ShopRateLimiter(None, 10, 50, 100.0)
    assert pacing.next_start(100.0, None, True) == 100.0
    assert pacing.next_start(100.0, "read", False) == pytest.approx(100.1)
    pacing.paces["write"].reserve(100.0)
    assert pacing.next_start(100.0, "write", True) == pytest.approx(100.2)
    assert pacing.next_start(100.0, "read", True) == pytest.approx(100.1)


@pytest.mark.parametrize(
    ("write_rate", "expected", "waits"),
    [
        (10.0, 9, 0.0),  # 0.1 s to the next slot, 0.9 s for those expected: a second is allowed
        (10.0, 10, 0.1),
        (10.0, 30, 2.1),
        (1.0, 2, 0.0),  # a slow shop: three of its writes are allowed
        (1.0, 3, 1.0),
    ],
)
def test_no_more_reads_are_begun_than_writes_can_follow(write_rate: float, expected: int, waits: float) -> None:
    learned = {"read": {"rate": 50.0, "known": True}, "write": {"rate": write_rate, "known": True}}
    pacing = ShopRateLimiter(learned, 10, 50, 0.0)
    pacing.paces["read"]._next = 0.0
    assert pacing.expected_writes == 0, "of a shop just taken, none"
    pacing.expected_writes = expected
    assert pacing.next_start(0.0, "read", True) == pytest.approx(waits)
    assert pacing.next_start(0.0, "read", False) == 0.0, "what writes nothing waits for no write"
    pacing.paces["write"]._next = -5.0
    assert pacing.next_start(0.0, "read", True) == pytest.approx(max(0.0, waits - 1 / write_rate)), "no credit"


class Listening(Observer):
    def __init__(self) -> None:
        self.waited: list[tuple[str, float]] = []

    def pace_waited(self, access: str, seconds: float) -> None:
        self.waited.append((access, round(seconds, 6)))


class Shop:
    """A shop held since 0.0 of the loop's clock, and what its jobs' calls do."""

    def __init__(
        self, rate: float = 10.0, app: GlobalRateLimiter | None = None, reserved_access: Access | None = None
    ) -> None:
        self.pacing = ShopRateLimiter(None, rate, 50, 0.0)
        self.heard, self.leased, self.reserved_access, self.app = Listening(), True, reserved_access, app

    def gate(self) -> JobPermits:
        clock = asyncio.get_running_loop().time
        return JobPermits(self.pacing, self.reserved_access, clock, self.app, self.heard, "74", lambda: self.leased)


async def sent(gate: JobPermits, *accesses: Access) -> list[float]:
    moments = []
    for access in accesses:
        await gate.acquire(access)
        moments.append(round(asyncio.get_running_loop().time(), 6))
    return moments


def test_calls_leave_an_interval_apart_and_what_they_waited_is_told() -> None:
    shop = Shop()

    async def work() -> list[float]:
        return await sent(shop.gate(), "read", "read", "write", "read")

    assert run_in_simulated_time(work()) == [0.1, 0.2, 0.2, 0.3]
    assert shop.heard.waited == [("read", 0.1), ("read", 0.1), ("write", 0.0), ("read", 0.1)]


def test_jobs_of_one_shop_share_its_pace() -> None:
    shop = Shop()

    async def work() -> list[float]:
        return sorted(chain(*await asyncio.gather(*(sent(shop.gate(), "write", "write") for _ in range(3)))))

    assert run_in_simulated_time(work()) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_a_refusal_while_a_call_waits_makes_it_wait_the_pause_out() -> None:
    shop = Shop(rate=1.0)

    async def refuse() -> None:
        await asyncio.sleep(0.5)
        shop.pacing.paces["read"].refused(0.5, retry_after=20.0)

    async def work() -> list[float]:
        refusing = asyncio.ensure_future(refuse())
        moments = await sent(shop.gate(), "read")
        await refusing
        return moments

    assert run_in_simulated_time(work()) == [20.5], "to the moment, and not a turn longer"


def test_the_ceiling_over_all_shops_holds_besides_the_shops_own_pace() -> None:
    app = GlobalRateLimiter(0.0)
    app.grant(2)
    shop = Shop(app=app)

    async def work() -> list[float]:
        return await sent(shop.gate(), "read", "read", "read")

    assert run_in_simulated_time(work()) == [0.5, 1.0, 1.5]
    assert [seconds for _, seconds in shop.heard.waited] == [0.5, 0.5, 0.5]


def test_a_slot_that_was_paid_for_at_the_start_serves_its_own_kind_of_call_once() -> None:
    shop = Shop(reserved_access="write")

    async def work() -> list[float]:
        return await sent(shop.gate(), "read", "write", "write")

    assert run_in_simulated_time(work()) == [0.1, 0.1, 0.1]
    assert shop.heard.waited == [("read", 0.1), ("write", 0.0)]


def test_a_turn_that_is_held_is_taken_once_and_not_paid_for_twice() -> None:
    shop = Shop()

    async def work() -> list[float]:
        gate = shop.gate()
        await gate.hold("write")
        await gate.hold("write")
        held = round(asyncio.get_running_loop().time(), 6)
        return [held, *await sent(gate, "write", "write")]

    assert run_in_simulated_time(work()) == [0.1, 0.1, 0.2]


def test_a_lease_that_ends_while_a_call_waits_stops_it() -> None:
    shop = Shop(rate=0.1)

    async def lose() -> None:
        await asyncio.sleep(3.0)
        shop.leased = False

    async def work() -> None:
        losing = asyncio.ensure_future(lose())
        with pytest.raises(LeaseOver):
            await shop.gate().hold("write")
        await losing

    run_in_simulated_time(work())
    assert shop.heard.waited == [], "nothing was sent"


@pytest.mark.parametrize(("retry_after", "again"), [(None, True), (LONGEST_WAIT, True), (LONGEST_WAIT + 0.1, False)])
def test_a_throttled_call_is_tried_again_unless_the_pause_is_long(retry_after: float | None, again: bool) -> None:
    pacing = ShopRateLimiter(None, 10, 50, 0.0)
    gate = JobPermits(pacing, None, lambda: 1.0)
    assert not gate.answered
    assert gate.report("write", True, retry_after) is again
    assert gate.answered, "a refusal is an answer"
    assert pacing.paces["write"].knows_allowance
    assert not pacing.paces["read"].knows_allowance, "reads have an allowance of their own"


def test_an_accepted_call_is_counted_for_its_kind() -> None:
    pacing = ShopRateLimiter(None, 1, 50, 0.0)
    gate = JobPermits(pacing, None, lambda: 2.0)
    assert gate.report("read", False, None) is False
    assert gate.answered
    assert rates(pacing) == {"read": 1.25, "write": 1}, "one was used fully and may rise"
