"""Tokens expire, are revoked and fail to refresh while real workers use them."""

from __future__ import annotations

import asyncio
import time

import pytest

from demo.local_fleet import LocalFleet, running_fleet
from tests.support.conservation import assert_conserved, search_all, until_done, until_moved
from tests.support.seller import authorize_again, refreshes, shop_state, until_parked, until_shop_done
from tests.support.survived import Survived
from worker.error_policy import UNAVAILABLE_SECONDS

pytestmark = pytest.mark.slow
SIZE = ("--shops", "4", "--products", "240", "--audit-seconds", "3", "5")
ONE_CONSENT = (*SIZE, "--shops-per-authorization", "4")
SETTINGS = {"lease_seconds": "2", "max_jobs": "20", "audit_poll_seconds": "3"}
IN_FLIGHT = 20


async def test_shared_authorization_expires_under_two_workers(survived: Survived) -> None:
    async with running_fleet(2, *ONE_CONSENT, **SETTINGS) as fleet:
        figures = await one_refresh_is_enough(fleet, await begin(fleet))
    survived(
        "An access token shared by four shops on two workers expires early",
        promise="one refresh; nothing parked, no attempt lost",
        **figures,
    )


async def test_refresh_longer_than_its_lock_happens_once(survived: Survived) -> None:
    async with running_fleet(2, *ONE_CONSENT, **SETTINGS) as fleet:
        shop_id = await begin(fleet)
        await fleet.fault(refresh_seconds=15)
        figures = await one_refresh_is_enough(fleet, shop_id)
    survived(
        "The response to a refresh takes 15 s, the refresh lock lasts 10 s",
        promise="no second refresh: the lock is renewed",
        **figures,
    )


async def one_refresh_is_enough(fleet: LocalFleet, shop_id: str) -> dict[str, int]:
    """Expires the shop's token; every job must still finish after one refresh."""
    await fleet.fault(shop_id=shop_id, token_expired=True)
    await until_done(fleet)
    (account,) = (await refreshes(fleet)).values()
    assert account == {"refreshes": 1, "refreshes_refused": 0}
    books = await assert_conserved(fleet, 0)
    return {"refreshes": account["refreshes"], "products_moved": books["moved"]}


async def test_revoked_token_stops_only_its_shop(survived: Survived) -> None:
    usual = await seconds_of_the_others()
    async with running_fleet(2, *SIZE, **SETTINGS) as fleet:
        shop_id = await begin(fleet)
        await fleet.fault(shop_id=shop_id, token_dead=True)
        began = time.monotonic()
        parked = await until_parked(fleet, shop_id)
        assert "shops add" in parked["reason"]
        await until_shop_done(fleet, *await other_shops(fleet, shop_id))
        others = time.monotonic() - began
        left = (await shop_state(fleet, shop_id))["jobs"]
        assert left > 0
        await authorize_again(fleet, shop_id, generation=1)
        await until_done(fleet)
        books = await assert_conserved(fleet, 0)
        assert sum(each["refreshes_refused"] for each in (await refreshes(fleet)).values()) == 1
    survived(
        "The tokens of one of four shops are revoked",
        promise="parked with the reason and the remedy; other shops continue at full speed; `shops add` resumes it",
        others_seconds=others,
        others_seconds_without_fault=usual,
        jobs_kept=left,
        products_moved=books["moved"],
    )


async def test_failing_refreshes_park_until_they_succeed(survived: Survived) -> None:
    async with running_fleet(2, *SIZE, **SETTINGS) as fleet:
        first = await begin(fleet)
        sick = [first, *(await other_shops(fleet, first))[:2]]
        for shop_id, answer in zip(sick, ("error", "malformed", "reset"), strict=True):
            await fleet.fault(refresh_answer=answer)
            await fleet.fault(shop_id=shop_id, token_expired=True)
            parked = await until_parked(fleet, shop_id)
            assert "tries again automatically" in parked["reason"]
            assert parked["ends_seconds"] <= UNAVAILABLE_SECONDS
        (healthy,) = set(await other_shops(fleet, first)) - set(sick)
        await until_shop_done(fleet, healthy)
        kept = sum([(await shop_state(fleet, shop_id))["jobs"] for shop_id in sick])
        await fleet.fault(refresh_answer="")
        began = time.monotonic()
        await until_done(fleet)
        took = time.monotonic() - began
        assert {each["refreshes"] for name, each in (await refreshes(fleet)).items() if name in sick} == {1}
        books = await assert_conserved(fleet, 0)
    survived(
        "Token refreshes of three of four shops get HTTP 500, a truncated response, a reset",
        promise="each is parked for 30 s at a time and resumes; the fourth shop finishes",
        done_seconds_after_the_end=took,
        jobs_kept=kept,
        products_moved=books["moved"],
    )


@pytest.mark.parametrize("old_tokens_live", [False, True])
async def test_kill_between_token_refresh_and_save(survived: Survived, old_tokens_live: bool) -> None:
    switch = ("--old-tokens-live",) if old_tokens_live else ()
    async with running_fleet(1, *ONE_CONSENT, *switch, **SETTINGS) as fleet:
        shop_id = await begin(fleet)
        await fleet.fault(refresh_seconds=60)
        await fleet.fault(shop_id=shop_id, token_expired=True)
        async with asyncio.timeout(20):
            while not (await refreshes(fleet))[shop_id]["refreshes"]:
                await asyncio.sleep(0.02)
        await fleet.workers[0].kill()
        await fleet.fault(refresh_seconds=0)
        began = time.monotonic()
        await fleet.start_worker()
        if not old_tokens_live:
            parked = await until_parked(fleet, shop_id)
            assert "shops add" in parked["reason"]
        else:
            async with asyncio.timeout(30):
                while (await refreshes(fleet))[shop_id]["refreshes"] < 2:
                    await asyncio.sleep(0.02)
        blocked = time.monotonic() - began
        if not old_tokens_live:
            await authorize_again(fleet, shop_id, generation=2)
        await until_done(fleet)
        books = await assert_conserved(fleet, IN_FLIGHT)
    lives = "live" if old_tokens_live else "are dead"
    then = (
        "a second refresh succeeds"
        if old_tokens_live
        else "the shops are parked, and `shops add` for one resumes them all"
    )
    survived(
        f"A worker is killed after the response to a refresh and before saving it; the old tokens {lives}",
        promise=f"the lock blocks for at most 10 s; then {then}",
        decided_seconds=blocked,
        products_moved=books["moved"],
    )


async def begin(fleet: LocalFleet) -> str:
    """Starts work and returns the first shop."""
    await search_all(fleet)
    await until_moved(fleet, 30)
    return "7494000000000000001"


async def other_shops(fleet: LocalFleet, shop_id: str) -> list[str]:
    return sorted({each["shop_id"] for each in (await fleet.books())["shops"]} - {shop_id})


async def seconds_of_the_others() -> float:
    """Seconds that three of four shops take from the same point without a fault."""
    async with running_fleet(2, *SIZE, **SETTINGS) as fleet:
        shop_id = await begin(fleet)
        began = time.monotonic()
        await until_shop_done(fleet, *await other_shops(fleet, shop_id))
        return time.monotonic() - began
