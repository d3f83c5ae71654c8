"""Responses that are valid JSON but cannot be right: wrong types, swapped lists, missing IDs.

Wrong values of the right type, and empty ones, are excluded: a client cannot distinguish a lost description
from one that the seller removed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.conservation import assert_conserved, ends, search_all, until_done
from tests.support.fault_fleets import at_work, fault_fleet, same_processes
from tests.support.seller import outcomes
from tests.support.survived import Survived

pytestmark = pytest.mark.slow
SIZE = ("--shops", "3", "--products", "240", "--region", "GB", "--unlimited")
SETTINGS = {"lease_seconds": "5", "max_jobs": "20", "audit_poll_seconds": "3", "max_rate": "20"}
SHARE = 0.15


async def test_share_of_responses_distorted_all_run(tmp_path: Path, survived: Survived) -> None:
    fleet = fault_fleet(SIZE, {**SETTINGS, "max_attempts": "30"})
    fleet.log_file = tmp_path / "log"
    async with at_work(fleet):
        await fleet.fault(distorted_share=SHARE)
        await search_all(fleet)
        await until_done(fleet)
        same_processes(fleet)
        assert "job_unhandled_exception" not in fleet.log_file.read_text()
        # An edit whose response cannot be read was made, so its audit is followed and it is not repeated.
        books = await assert_conserved(fleet, 0)
    survived(
        f"{SHARE:.0%} of all responses distorted, for the whole run: wrong types, swapped lists, missing ids",
        promise="requested again; no listing damaged, none edited twice, every product ends as it would have",
        products_moved=books["moved"],
        reads=books["calls"]["get_product"],
        damaged=books["damaged"],
    )


async def test_every_response_distorted_until_attempts_end(tmp_path: Path, survived: Survived) -> None:
    fleet = fault_fleet(SIZE, {**SETTINGS, "max_attempts": "2"})
    fleet.log_file = tmp_path / "log"
    async with at_work(fleet):
        await fleet.fault(distorted_share=1.0, only=["get_product"])
        await search_all(fleet)
        await until_done(fleet)
        failed = [each for each in await outcomes(fleet) if each["outcome"] == "failed"]
        assert failed
        assert all("get_product" in reason["message"] for each in failed for reason in each["reasons"])
        untouched = {each["product_id"] for each in failed}
        damage = {each: names for shop in (await fleet.books())["shops"] for each, names in shop["damage"].items()}
        # Only a read shows whether an edit put a deactivated product on sale. Its audit fails, and is retried below.
        assert damage.keys() <= untouched, damage
        assert {name for names in damage.values() for name in names} <= {"status", "product_status"}, damage
        await fleet.fault(distorted_share=0.0)
        assert (await fleet.command("retry", "--outcome", "failed")).code == 0
        await until_done(fleet)
        same_processes(fleet)
        assert "job_unhandled_exception" not in fleet.log_file.read_text()
        books: dict[str, Any] = (await fleet.books())["total"]
        last = {each["product_id"]: each["outcome"] for each in await outcomes(fleet) if each["outcome"] != "in_audit"}
        waiting = {product for product, outcome in last.items() if outcome == "waiting"}
        assert set(last) - waiting == set(await ends(fleet)) - waiting
        assert "failed" not in last.values()
        kept_back = sum(outcome in ("needs_input", "rejected") for outcome in last.values())
        assert (books["still_on_v1"], books["damaged"], books["in_audit"]) == (kept_back + len(waiting), 0, 0)
        assert books["edited_more_than_once"] == 0
    survived(
        "every read of a product distorted, until its attempts are used up; `relist retry` afterwards",
        promise="a product with implausible responses fails with the reason; none damaged; all are relisted afterwards",
        failed_meanwhile=len(untouched),
        products_moved=books["moved"],
        damaged=books["damaged"],
    )
