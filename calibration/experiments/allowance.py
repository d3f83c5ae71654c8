"""Measures the rate limits: the response to a burst, and the hourly quota of a development shop. Run last."""

from __future__ import annotations

import asyncio
import time

from calibration.findings import Finding, Inconclusive, Measured, NotMeasured, Observed, TryAgain
from calibration.leaves import CATEGORIES
from calibration.response import RawResponse, request_ids
from calibration.workbench import Workbench

BURSTS = (20, 40, 80, 160)
HOUR = 3600
QUOTA = 1000
LONGEST_SECONDS = 300.0
LANES = 8


async def retry_after(bench: Workbench) -> list[Finding]:
    """Send growing bursts of reads until one is throttled."""
    largest = 0
    for size in BURSTS:
        began = time.monotonic()
        responses = [each for each in await asyncio.gather(*(_read(bench) for _ in range(size))) if each is not None]
        seconds = max(time.monotonic() - began, 0.001)
        throttled = [each for each in responses if each.is_throttled]
        if throttled:
            sends = any(each.retry_after is not None for each in throttled)
            evidence = f"{len(throttled)} of {size} reads at once are throttled, {'with' if sends else 'without'} it"
            rate = f"{size - len(throttled)} of {size} reads within {seconds:.1f} s are accepted"
            return [
                Measured("retry_after", sends, evidence, request_ids(throttled[0])),
                Observed("rate_limit", True, rate, request_ids(throttled[0])),
            ]
        if any(each.kind == "quota_hour" for each in responses):
            break
        largest = size
    raise Inconclusive(f"no request of a burst of {largest} is throttled")


async def sandbox_quota(bench: Workbench) -> list[Finding]:
    """Send reads until the hourly quota refuses one, or until more succeed within an hour than it allows."""
    deadline = time.monotonic() + LONGEST_SECONDS
    for _ in range(2):
        hour, answered = int(time.time() // HOUR), 0
        refusal: RawResponse | None = None
        while answered <= QUOTA and refusal is None:
            if time.monotonic() > deadline:
                raise Inconclusive(f"{answered} requests took {LONGEST_SECONDS:g} s, too slow to reach the quota")
            responses = [
                each for each in await asyncio.gather(*(_read(bench) for _ in range(LANES))) if each is not None
            ]
            refusal = next((each for each in responses if each.kind == "quota_hour"), None)
            answered += sum(each.accepted for each in responses)
            if any(each.is_throttled for each in responses):
                await asyncio.sleep(0.1)
        if refusal is not None:
            return [Measured("sandbox_quota", QUOTA, f"a read was {refusal}", request_ids(refusal))]
        if int(time.time() // HOUR) == hour:
            return [Measured("sandbox_quota", 0, f"{answered} reads succeed within an hour")]
    return [NotMeasured("sandbox_quota", "the hour ended twice before the quota could be reached")]


async def _read(bench: Workbench) -> RawResponse | None:
    """Send one small read without spacing; return None if no response arrives."""
    leaf = bench.leaves[0].id if bench.leaves else "1"
    path, query = f"{CATEGORIES}/{leaf}/rules", {"category_version": "v2"}
    try:
        return await bench.wire.once("GET", path, await bench.wire.tokens.access_token(), query=query, is_spaced=False)
    except TryAgain:
        return None
