"""When calls of a shop are sent, in simulated time: rate limits, the global limit, and the lease."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any

import pytest

from tests.support.simulated_time import run_in_simulated_time
from worker.engine.call_permits import MAX_READ_LAG, MAX_WAIT_SECONDS, Access, JobPermits, LeaseOver, ShopRateLimiter
from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.observer import Observer

LEARNED = {"read": {"rate": 20.0, "known": True}, "write": {"rate": 4.0, "known": False}}


def rates(rate_limiter: ShopRateLimiter) -> dict[str, float]:
    return {access: limiter.rate for access, limiter in rate_limiter.limiters.items()}


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
def test_learned_rates_stay_below_every_ceiling(
    learned: dict[str, Any] | None, limit: float | None, expected: dict[str, float]
) -> None:
    rate_limiter = ShopRateLimiter(learned, 10, 50, 0.0, limit)
    assert rates(rate_limiter) == expected
    known = {access: limiter.knows_allowance for access, limiter in rate_limiter.limiters.items()}
    assert known == {access: bool((learned or {}).get(access, {}).get("known")) for access in ("read", "write")}


def test_a_removed_limit_leaves_the_service_maximum() -> None:
    rate_limiter = ShopRateLimiter(None, 10, 50, 0.0)
    rate_limiter.set_limit(2)
    assert rates(rate_limiter) == {"read": 2, "write": 2}
    assert {limiter.max_rate for limiter in rate_limiter.limiters.values()} == {2}
    rate_limiter.set_limit(None)
    assert {limiter.max_rate for limiter in rate_limiter.limiters.values()} == {50}
    rate_limiter.set_limit(80)
    assert {limiter.max_rate for limiter in rate_limiter.limiters.values()} == {50}


def test_learned_rates_survive_a_change_of_holder() -> None:
    rate_limiter = ShopRateLimiter(LEARNED, 10, 50, 0.0)
    assert rate_limiter.learned() == LEARNED
    assert ShopRateLimiter(rate_limiter.learned(), 10, 50, 0.0).learned() == LEARNED


def test_a_job_starts_when_its_first_call_may_be_sent() -> None:
    rate_limiter = ShopRateLimiter(None, 10, 50, 100.0)
    assert rate_limiter.next_start(100.0, None) == 100.0
    assert rate_limiter.next_start(100.0, "read") == pytest.approx(100.1)
    rate_limiter.limiters["write"].reserve(100.0)
    assert rate_limiter.next_start(100.0, "write") == pytest.approx(100.2)
    assert rate_limiter.next_start(100.0, "read") == pytest.approx(100.1)


def test_an_edit_starts_only_if_its_read_follows_soon() -> None:
    rate_limiter = ShopRateLimiter(None, 10, 50, 0.0)
    for _ in range(30):
        rate_limiter.limiters["read"].reserve(0.0)
    assert rate_limiter.next_start(0.0, "write") == pytest.approx(3.1 - MAX_READ_LAG)


class Recorder(Observer):
    def __init__(self) -> None:
        self.waited: list[tuple[str, float]] = []

    def rate_limit_waited(self, access: str, seconds: float) -> None:
        self.waited.append((access, round(seconds, 6)))


class Shop:
    """A shop held since time 0, and the permits of its jobs."""

    def __init__(
        self, rate: float = 10.0, app: GlobalRateLimiter | None = None, reserved_access: Access | None = None
    ) -> None:
        self.rate_limiter = ShopRateLimiter(None, rate, 50, 0.0)
        self.heard, self.leased, self.reserved_access, self.app = Recorder(), True, reserved_access, app

    def permits(self) -> JobPermits:
        clock = asyncio.get_running_loop().time
        return JobPermits(
            self.rate_limiter, self.reserved_access, clock, self.app, self.heard, "74", lambda: self.leased
        )


async def sent(permits: JobPermits, *accesses: Access) -> list[float]:
    moments = []
    for access in accesses:
        await permits.acquire(access)
        moments.append(round(asyncio.get_running_loop().time(), 6))
    return moments


def test_calls_are_spaced_and_their_waits_reported() -> None:
    shop = Shop()

    async def work() -> list[float]:
        return await sent(shop.permits(), "read", "read", "write", "read")

    assert run_in_simulated_time(work()) == [0.1, 0.2, 0.2, 0.3]
    assert shop.heard.waited == [("read", 0.1), ("read", 0.1), ("write", 0.0), ("read", 0.1)]


def test_jobs_of_one_shop_share_its_rate() -> None:
    shop = Shop()

    async def work() -> list[float]:
        return sorted(chain(*await asyncio.gather(*(sent(shop.permits(), "write", "write") for _ in range(3)))))

    assert run_in_simulated_time(work()) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_throttling_extends_the_wait_of_a_pending_call() -> None:
    shop = Shop(rate=1.0)

    async def refuse() -> None:
        await asyncio.sleep(0.5)
        shop.rate_limiter.limiters["read"].throttled(0.5, retry_after=20.0)

    async def work() -> list[float]:
        refusing = asyncio.ensure_future(refuse())
        moments = await sent(shop.permits(), "read")
        await refusing
        return moments

    assert run_in_simulated_time(work()) == [20.5], "exactly, and not one interval longer"


def test_the_global_limit_applies_to_every_call() -> None:
    app = GlobalRateLimiter(0.0)
    app.grant(2)
    shop = Shop(app=app)

    async def work() -> list[float]:
        return await sent(shop.permits(), "read", "read", "read")

    assert run_in_simulated_time(work()) == [0.5, 1.0, 1.5]
    assert [seconds for _, seconds in shop.heard.waited] == [0.5, 0.5, 0.5]


def test_a_reserved_permit_serves_one_call_of_its_class() -> None:
    shop = Shop(reserved_access="write")

    async def work() -> list[float]:
        return await sent(shop.permits(), "read", "write", "write")

    assert run_in_simulated_time(work()) == [0.1, 0.1, 0.1]
    assert shop.heard.waited == [("read", 0.1), ("write", 0.0)]


def test_a_permit_reserved_by_the_job_is_used_once() -> None:
    shop = Shop()

    async def work() -> list[float]:
        permits = shop.permits()
        await permits.reserve("write")
        await permits.reserve("write")
        held = round(asyncio.get_running_loop().time(), 6)
        return [held, *await sent(permits, "write", "write")]

    assert run_in_simulated_time(work()) == [0.1, 0.1, 0.2]


def test_a_lease_that_ends_stops_a_waiting_call() -> None:
    shop = Shop(rate=0.1)

    async def lose() -> None:
        await asyncio.sleep(3.0)
        shop.leased = False

    async def work() -> None:
        losing = asyncio.ensure_future(lose())
        with pytest.raises(LeaseOver):
            await shop.permits().reserve("write")
        await losing

    run_in_simulated_time(work())
    assert shop.heard.waited == [], "nothing was sent"


@pytest.mark.parametrize(
    ("retry_after", "again"), [(None, True), (MAX_WAIT_SECONDS, True), (MAX_WAIT_SECONDS + 0.1, False)]
)
def test_a_throttled_call_is_repeated_after_a_short_pause(retry_after: float | None, again: bool) -> None:
    rate_limiter = ShopRateLimiter(None, 10, 50, 0.0)
    permits = JobPermits(rate_limiter, None, lambda: 1.0)
    assert not permits.answered
    assert permits.report("write", True, retry_after) is again
    assert permits.answered, "a throttled response is an answer"
    assert rate_limiter.limiters["write"].knows_allowance
    assert not rate_limiter.limiters["read"].knows_allowance, "reads have a separate allowance"


def test_a_success_counts_for_its_endpoint_class() -> None:
    rate_limiter = ShopRateLimiter(None, 1, 50, 0.0)
    permits = JobPermits(rate_limiter, None, lambda: 2.0)
    assert permits.report("read", False, None) is False
    assert permits.answered
    assert rates(rate_limiter) == {"read": 1.25, "write": 1}, "only the used rate may rise"


def test_an_unused_permit_is_returned() -> None:
    shop = Shop(reserved_access="write")

    async def work() -> list[float]:
        shop.rate_limiter.limiters["write"].reserve(0.0)
        shop.permits().give_back()
        return await sent(shop.permits(), "read")

    run_in_simulated_time(work())
    assert shop.rate_limiter.limiters["write"].earliest() == pytest.approx(0.15), "half an interval earlier"


def test_on_send_is_asked_for_every_repetition() -> None:
    shop, asked = Shop(), list[str]()

    async def work() -> None:
        permits = shop.permits()
        permits.on_send = asked.append
        await permits.reserve("write")
        assert asked == []
        await sent(permits, "write", "write")

    run_in_simulated_time(work())
    assert asked == ["write", "write"]
