"""A fleet works against a platform whose responses are malformed, endless, slow or missing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from demo.local_fleet import LocalFleet, Part
from tests.support.conservation import assert_conserved, search_all, until_done, until_moved
from tests.support.survived import Survived

pytestmark = pytest.mark.slow

SIZE = ("--shops", "3", "--products", "240", "--unlimited")
IN_FLIGHT = 20
SETTINGS = {
    "lease_seconds": "5",
    "max_jobs": str(IN_FLIGHT),
    "audit_poll_seconds": "3",
    "max_attempts": "30",
    "max_rate": "20",
}
STORM_SECONDS = 5.0
WORKER_BYTES = 512 * 1024 * 1024
"""Memory limit in deploy/kubernetes/base/worker.yaml."""


def most_memory(worker: Part) -> int:
    """Peak resident memory of the process, in bytes."""
    lines = Path(f"/proc/{worker.process.pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) * 1024


async def assert_recovered(fleet: LocalFleet, began: float, most_redone: int) -> dict[str, float]:
    """Checks that all jobs finish after the fault and that no process crashed. Returns the figures."""
    await until_done(fleet)
    done = time.monotonic() - began
    books = await assert_conserved(fleet, most_redone)
    assert [worker.process.returncode for worker in fleet.workers] == [None] * len(fleet.workers)
    if fleet.log_file is not None:
        assert "job_unhandled_exception" not in fleet.log_file.read_text()
    return {
        "all_done_after_seconds": done,
        "edited_twice": books["edited_more_than_once"],
        "most_memory_bytes": max(map(most_memory, fleet.workers)),
    }


STORMS: dict[str, dict[str, float]] = {
    "HTTP 500 to everything": {"error_share": 1.0},
    "connections reset before the request is executed": {"reset_before_share": 1.0},
    "HTML pages in response to every request": {"html_share": 1.0},
    "half of the responses spoiled, in every way at once": {
        "error_share": 0.1,
        "reset_before_share": 0.1,
        "html_share": 0.1,
        "bad_answer_share": 0.2,
    },
}
QUICK = ["huge", "bomb", "endless_headers", "truncated", "redirected", "deep", "plain_text"]


@pytest.mark.parametrize("storm", STORMS)
async def test_webhook_storm(storm: str, tmp_path: Path, survived: Survived) -> None:
    async with LocalFleet(SIZE, SETTINGS, log_file=tmp_path / "log") as fleet:
        await fleet.add_shops()
        await asyncio.gather(fleet.start_worker(), fleet.start_worker())
        await search_all(fleet)
        await until_moved(fleet, 20)
        await fleet.fault(**STORMS[storm], bad_answers=QUICK)
        await asyncio.sleep(STORM_SECONDS)
        await fleet.fault(**dict.fromkeys(STORMS[storm], 0.0))
        figures = await assert_recovered(fleet, time.monotonic(), 0)
        survived(
            f"{storm}, for {STORM_SECONDS:.0f} s",
            promise="no product fails; work resumes; nothing is edited twice",
            **figures,
        )


@pytest.mark.parametrize("fault", ["reset_share", "malformed_share"])
async def test_responses_lost_after_the_edit_was_made(fault: str, tmp_path: Path, survived: Survived) -> None:
    share = 0.15
    async with LocalFleet(SIZE, SETTINGS, log_file=tmp_path / "log") as fleet:
        await fleet.fault(**{fault: share}, only=["get_product", "edit_product"])
        await fleet.add_shops()
        await fleet.start_worker()
        await search_all(fleet)
        await until_moved(fleet, 150)
        await fleet.fault(**{fault: 0.0})
        # A product whose first response was lost is edited a second time, because the edit may not have arrived.
        lost = (await fleet.books())["total"]["edit_answers_lost"]
        assert lost
        figures = await assert_recovered(fleet, time.monotonic(), lost)
        survived(
            f"{fault.removesuffix('_share')} responses: {share:.0%} of reads and edits, after they were executed",
            promise="retried; no listing damaged; every product ends once; only these are edited twice",
            answers_to_edits_lost=lost,
            **figures,
        )


@pytest.mark.parametrize("kind", ["huge", "bomb"])
async def test_100_concurrent_responses_of_100_megabytes(kind: str, tmp_path: Path, survived: Survived) -> None:
    settings = {**SETTINGS, "max_jobs": "100", "max_rate": "200", "default_rate": "200"}
    async with LocalFleet(SIZE, settings, log_file=tmp_path / "log") as fleet:
        await fleet.add_shops()
        await fleet.start_worker()
        await fleet.fault(bad_answer_share=0.9, bad_answers=[kind], only=["get_product"])
        await search_all(fleet)
        await asyncio.sleep(STORM_SECONDS)
        await fleet.fault(bad_answer_share=0.0)
        figures = await assert_recovered(fleet, time.monotonic(), 0)
        assert figures["most_memory_bytes"] < WORKER_BYTES
        survived(
            f"responses of 100 MB ({kind}) to 9 of 10 reads of 100 jobs at once, for {STORM_SECONDS:.0f} s",
            promise="memory stays below the container's 512 MiB; work resumes",
            **figures,
        )


async def test_responses_that_take_a_minute_or_trickle(tmp_path: Path, survived: Survived) -> None:
    async with LocalFleet(SIZE, SETTINGS, log_file=tmp_path / "log") as fleet:
        await fleet.add_shops()
        await fleet.start_worker()
        await search_all(fleet)
        await until_moved(fleet, 20)
        await fleet.fault(bad_answer_share=0.5, bad_answers=["trickled"], latency_seconds=60.0, only=["get_product"])
        await asyncio.sleep(STORM_SECONDS)
        await fleet.fault(bad_answer_share=0.0, latency_seconds=0.0)
        figures = await assert_recovered(fleet, time.monotonic(), 0)
        survived(
            f"responses after 60 s, or a byte per second, for {STORM_SECONDS:.0f} s",
            promise="cancelled after 20 s of silence and 40 s in total; work resumes",
            **figures,
        )
