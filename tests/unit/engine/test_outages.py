"""Whether a missing response counts against the job, the shop or the platform."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.support.engine_state import Watch, engine_state, hold
from worker.engine.call_permits import JobPermits, LeaseOver
from worker.engine.outages import FailureScope, Outages


class Api:
    """Answers probes of the shops that are not down."""

    def __init__(self, *down: str) -> None:
        self.down = set(down)
        self.probes = Counter[str]()

    async def __call__(self, shop_id: str, permits: JobPermits) -> bool:
        self.probes[shop_id] += 1
        await asyncio.sleep(0)
        return shop_id not in self.down


@pytest.mark.parametrize(
    ("down", "scope"), [((), "job"), (("7",), "shop"), (("7", "8"), "shop"), (("7", "8", "9"), "api")]
)
async def test_probes_decide_whose_failure_it_is(down: tuple[str, ...], scope: FailureScope) -> None:
    state = engine_state({}, Watch())
    failing, *_ = (hold(state, shop_id) for shop_id in ("7", "8", "9"))
    outages = Outages(state, Api(*down))
    assert await outages.scope(failing, "HTTP 500") == scope
    assert state.breaker.is_open == (scope == "api")


async def test_failing_jobs_of_a_shop_share_one_probe() -> None:
    state, api = engine_state({}, Watch()), Api()
    shop = hold(state, "7")
    outages = Outages(state, api)
    assert set(await asyncio.gather(*(outages.scope(shop, "HTTP 500") for _ in range(20)))) == {"job"}
    assert api.probes == Counter({"7": 1})


async def test_a_cancelled_job_does_not_cancel_the_shared_probe() -> None:
    state, answer = engine_state({}, Watch()), asyncio.Event()
    shop = hold(state, "7")

    async def slow(shop_id: str, permits: JobPermits) -> bool:
        await answer.wait()
        return True

    outages = Outages(state, slow)
    first, second = (asyncio.create_task(outages.scope(shop, "HTTP 500")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    answer.set()
    assert await second == "job"


async def test_a_single_held_shop_never_opens_the_circuit() -> None:
    state = engine_state({}, Watch())
    assert await Outages(state, Api("7")).scope(hold(state, "7"), "HTTP 500") == "shop"


async def test_a_response_to_a_job_during_a_failed_probe_counts() -> None:
    watch = Watch()
    state = engine_state({}, watch)
    shop = hold(state, "7")

    async def fails(shop_id: str, permits: JobPermits) -> bool:
        watch.now += 1
        outages.answered(shop)
        return False

    outages = Outages(state, fails)
    assert await outages.scope(shop, "HTTP 500") == "job"


class LeasesEnd(Api):
    """The leases of these shops end before their probes are sent."""

    def __init__(self, *ended: str, down: tuple[str, ...] = ()) -> None:
        super().__init__(*down)
        self.ended = ended

    async def __call__(self, shop_id: str, permits: JobPermits) -> bool:
        if shop_id in self.ended:
            raise LeaseOver
        return await super().__call__(shop_id, permits)


async def test_a_lease_that_ends_during_a_probe_proves_nothing() -> None:
    state = engine_state({}, Watch())
    failing, *_ = (hold(state, shop_id) for shop_id in ("7", "8"))
    assert await Outages(state, LeasesEnd("7")).scope(failing, "HTTP 500") == "unknown"
    assert await Outages(state, LeasesEnd("8", down=("7",))).scope(failing, "HTTP 500") == "shop"
    assert not state.breaker.is_open


@pytest.mark.parametrize("shops", [(), ("7",)])
async def test_an_open_circuit_without_a_shop_to_probe_waits(shops: tuple[str, ...]) -> None:
    """A worker may hold no shop, or only one whose lease has ended, when its probe is due."""
    watch, looks = Watch(), 0
    state = engine_state({}, watch)
    for shop_id in shops:
        hold(state, shop_id)
    state.breaker.open(watch() - 60)

    def clock() -> float:
        nonlocal looks
        looks += 1
        return watch()

    state.clock = clock
    running = asyncio.create_task(Outages(state, LeasesEnd("7")).run())
    for _ in range(200):
        await asyncio.sleep(0)
    running.cancel()
    assert looks < 20
