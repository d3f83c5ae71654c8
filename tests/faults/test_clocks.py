"""Workers with clocks that are minutes off, and clocks that jump while a worker runs."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from demo.local_fleet import LocalFleet
from tests.support.conservation import assert_conserved, search_all, until_done, until_moved
from tests.support.faketime import apart, told_by
from tests.support.seller import outcomes
from tests.support.survived import Survived

pytestmark = pytest.mark.slow
SIZE = ("--shops", "4", "--products", "80", "--audit-seconds", "3", "5")
SETTINGS = {"lease_seconds": "15", "max_jobs": "20", "audit_poll_seconds": "10"}


async def test_workers_whose_clocks_are_minutes_apart(survived: Survived) -> None:
    async with LocalFleet(SIZE, SETTINGS) as fleet:
        await fleet.add_shops()
        await fleet.start_worker(environment=apart(300))
        await fleet.start_worker(environment=apart(-400))
        began = await server_seconds(fleet)
        await search_all(fleet)
        await until_done(fleet)
        figures = await assert_unaffected(fleet, began)
    survived(
        "Two workers whose clocks are 300 s ahead and 400 s behind the platform's and Redis's",
        promise="requests are signed by the platform's clock, leases and outcomes follow Redis's: unaffected",
        **figures,
    )


@pytest.mark.parametrize("jump", [600, -600])
async def test_a_clock_that_jumps_while_a_worker_runs(survived: Survived, tmp_path: Path, jump: int) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0s\n")
    async with LocalFleet(SIZE, SETTINGS) as fleet:
        await fleet.add_shops()
        await fleet.start_worker(environment=told_by(clock))
        await fleet.start_worker()
        began = await server_seconds(fleet)
        await search_all(fleet)
        await until_moved(fleet, 20)
        clock.write_text(f"{jump:+d}s\n")
        await until_done(fleet)
        figures = await assert_unaffected(fleet, began)
    way = "forward" if jump > 0 else "back"
    survived(
        f"The clock of one of two workers jumps {way} by {abs(jump) // 60} min during work",
        promise="wrongly signed requests are signed again at once; rates, leases, tokens and outcomes are unaffected",
        **figures,
    )


async def test_doctor_with_skewed_clock(survived: Survived) -> None:
    async with LocalFleet(("--shops", "1", "--products", "10"), SETTINGS) as fleet:
        await fleet.add_shops()
        ended = await fleet.command("doctor", "--json", environment=apart(300))
        found = {each["what"]: each for each in json.loads(ended.out)}
        assert ended.code == 1
        # The Date header is truncated to whole seconds, and the response takes a while.
        assert any(f"{seconds} s ahead" in found["API clock"]["found"] for seconds in (299, 300, 301))
        assert "NTP" in found["API clock"]["fix"]
        assert [each["what"] for each in found.values() if each["cause"] == "clock"] == ["API clock"], "one cause"
    survived(
        "`relist doctor` on a machine whose clock is 300 s ahead",
        promise="it reports the offset and the remedy, and exits with 1",
        says=f"{found['API clock']['found']}: {found['API clock']['fix']}",
    )


async def server_seconds(fleet: LocalFleet) -> float:
    seconds, microseconds = await fleet.redis.time()
    return int(seconds) + int(microseconds) / 1e6


async def assert_unaffected(fleet: LocalFleet, began: float) -> dict[str, int]:
    """Waits for all jobs, then checks conservation, that no lease was lost, and that outcomes use Redis's clock."""
    books = await assert_conserved(fleet, 0)
    ended = await server_seconds(fleet)
    moments = [datetime.fromisoformat(each["at"]).timestamp() for each in await outcomes(fleet)]
    assert began - 1.5 <= min(moments)
    assert max(moments) <= ended + 1.5
    lost = sum([await counter(fleet, worker.address, "relist_leases_lost_total") for worker in fleet.workers])
    assert lost == 0
    edits = books["calls"]["edit_product"] - books["edits_accepted"]
    return {"products_moved": books["moved"], "leases_lost": int(lost), "edits_refused_by_the_platform": edits}


async def counter(fleet: LocalFleet, port: str, name: str) -> float:
    """The sum of a counter's series in one process."""
    async with fleet.http.get(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    assert any(line.startswith(f"# TYPE {name.removesuffix('_total')}") for line in lines), name
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))
