"""During work the quota is used up, a seller deauthorises the app, or the catalogue changes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from demo.local_fleet import LocalFleet, running_fleet
from simulator.options import SimulatorOptions
from simulator.trees import make_trees
from tests.support.conservation import assert_conserved, search_all, total, until_done, until_moved
from tests.support.faketime import apart
from tests.support.seller import (
    authorize_again,
    deauthorise,
    outcomes,
    refreshes,
    shop_state,
    until_parked,
    until_shop_done,
)
from tests.support.survived import Survived

pytestmark = pytest.mark.slow
SIZE = ("--shops", "2", "--products", "200", "--audit-seconds", "3", "5")
SETTINGS = {"lease_seconds": "2", "max_jobs": "20", "audit_poll_seconds": "3"}
FIRST, SECOND = "7494000000000000001", "7494000000000000002"
STALE = {"12052023", "12052024", "12052104", "12052182", "12052183", "12052240", "12052529"}
"""Error codes of edits planned with an outdated catalogue; nobody should be asked about them."""


async def test_seller_deauthorises_the_app_and_returns(survived: Survived) -> None:
    async with running_fleet(2, *SIZE, **SETTINGS) as fleet:
        await search_all(fleet)
        await until_moved(fleet, 30)
        began = time.monotonic()
        await deauthorise(fleet, FIRST)
        parked = await until_parked(fleet, FIRST)
        noticed = time.monotonic() - began
        await until_shop_done(fleet, SECOND)
        # Webhooks have reported the ends of its audits; those jobs wait while the shop is parked.
        waiting = await shop_state(fleet, FIRST)
        assert waiting["state"] == "parked"
        assert waiting["jobs"] > 0
        assert "authori" in parked["reason"]
        doctor = await fleet.command("doctor")
        assert doctor.code == 1, "the tokens are no longer accepted"
        assert f"the refresh token is refused (36004004) (1 of 2 shops): {FIRST}" in doctor.out
        assert "stalled" not in doctor.out, "the cause is named once"
        await authorize_again(fleet, FIRST, generation=1)
        await until_done(fleet)
        books = await assert_conserved(fleet, 0)
        assert {each["refreshes"] for each in (await refreshes(fleet)).values()} == {0}
    survived(
        "A seller deauthorises the app (webhook 6, and refused tokens) while audits of its products end",
        promise="the shop is parked and keeps its jobs, other shops continue; `shops add` resumes it",
        parked_after_seconds=noticed,
        jobs_kept=waiting["jobs"],
        products_moved=books["moved"],
    )


async def test_exhausted_quota_parks_until_next_day(survived: Survived, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clocks of all processes are shortly before midnight."""
    now = datetime.now(UTC)
    evening = now.replace(hour=23, minute=59, second=20, microsecond=0)
    for name, value in apart((evening - now) / timedelta(seconds=1)).items():
        monkeypatch.setenv(name, value)
    async with running_fleet(
        2, "--shops", "2", "--products", "90", "--audit-seconds", "3", "5", **{**SETTINGS, "lease_seconds": "15"}
    ) as fleet:
        await fleet.fault(quota_per_day=25)
        await search_all(fleet)
        parked = [await until_parked(fleet, shop_id) for shop_id in (FIRST, SECOND)]
        assert all("quota" in each["reason"] for each in parked)
        assert all(each["ends_seconds"] <= 110 for each in parked), parked
        before = (await total(fleet))["edited"]
        assert before <= 2 * 25
        await until_done(fleet)
        books = await assert_conserved(fleet, 0)
        assert all(shop["edits_accepted"] > 25 for shop in (await fleet.books())["shops"])
    survived(
        "The daily quota is used up shortly before midnight",
        promise="parked until a minute past midnight UTC, nothing is sent, then it resumes",
        edits_before_midnight=before,
        products_moved=books["moved"],
        calls_refused=books["throttled"],
    )


async def test_the_other_quota_code_also_parks(survived: Survived) -> None:
    async with running_fleet(1, *SIZE, "--quota-code", "12052109", **SETTINGS) as fleet:
        await fleet.fault(quota_per_day=40)
        await search_all(fleet)
        for shop_id in (FIRST, SECOND):
            assert "quota" in (await until_parked(fleet, shop_id))["reason"]
        calls = (await fleet.books())["total"]["calls"]["edit_product"]
        await fleet.fault(quota_per_day=None)
        for shop_id in (FIRST, SECOND):
            assert (await fleet.command("shops", "resume", shop_id)).code == 0
        await until_done(fleet)
        books = await assert_conserved(fleet, 0)
    survived(
        "The quota is used up (code 12052109), and an operator resumes the shops before the day ends",
        promise="as with 12052093; `shops resume` takes effect at once",
        edits_sent_for_80_allowed=calls,
        products_moved=books["moved"],
    )


@pytest.mark.parametrize(
    ("change", "what", "promise"),
    [
        ("leaf_split", "leaves become groups", "planned again: a leaf below is chosen, or an operator is asked"),
        ("origin_required", "an attribute becomes required", "products with a value move, the others need input"),
        ("values_replaced", "values get new IDs", "planned again by name, no input is needed"),
        (
            "leaf_invite_only",
            "leaves become invite-only",
            "the seller is asked to apply, no request is repeated",
        ),
    ],
)
async def test_catalogue_changes_during_work(survived: Survived, change: str, what: str, promise: str) -> None:
    # Elsewhere an invite-only leaf accepts edits, whose reviews never end (fact invite_only_elsewhere).
    closes = change == "leaf_invite_only"
    region, settings = ("US", {**SETTINGS, "audit_poll_seconds": "60"}) if closes else ("GB", SETTINGS)
    async with running_fleet(2, *SIZE, "--region", region, **settings) as fleet:
        await search_all(fleet)
        await until_moved(fleet, 30)
        trees = make_trees(SimulatorOptions().seed)
        changed = [leaf for leaf in trees.v1_leaves if leaf in trees.v2 and trees.v2[leaf].leaf][::2]
        if closes:
            # A version under review when its leaf closes stays under review until the seller is invited.
            await until_nothing_is_under_review(fleet)
        await fleet.fault(**{change: changed})
        for shop_id in (FIRST, SECOND):
            assert (await fleet.command("shops", "resume", shop_id)).code == 0
        before = await total(fleet)
        await until_done(fleet)
        books = await assert_conserved(fleet, 0)
        asked = [each for each in await outcomes(fleet) if each["outcome"] == "needs_input"]
        # A problem found before the edit names the attribute; the platform's refusal does not.
        unexplained = [reason["code"] for each in asked for reason in each["reasons"] if not reason.get("attribute_id")]
        assert not STALE & set(unexplained), unexplained
        if closes:
            closed = [reason for each in asked for reason in each["reasons"] if reason["code"] == "12052221"]
            assert closed
            assert all(reason["actor"] == "seller" for reason in closed)
            assert "ask for an invitation in Seller Center" in closed[0]["message"]
        refused = books["calls"]["edit_product"] - books["edits_accepted"]
    survived(
        f"The catalogue changes during a run: {what} ({len(changed)} of them)",
        promise=promise,
        products_left_then=200 - before["edited"],
        edits_refused_by_the_platform=refused,
        products_moved=books["moved"],
        people_asked=len(asked),
    )


async def until_nothing_is_under_review(fleet: LocalFleet) -> None:
    """Pauses the shops and waits until the platform has ended its audits."""
    for shop_id in (FIRST, SECOND):
        assert (await fleet.command("shops", "pause", shop_id)).code == 0
    async with asyncio.timeout(30):
        while (await fleet.books())["total"]["in_audit"]:
            await asyncio.sleep(0.1)
