"""Every spoiled response of the simulator becomes a TikTokShopError, quickly and in little memory."""

from __future__ import annotations

import resource
import sys
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from simulator.bad_answers import BAD_ANSWERS, HUGE
from simulator.options import SimulatorOptions
from simulator.server import RunningSimulator, start
from tests.support.scripted_platform import Platform, Reply, running_platform
from tiktok_shop import endpoints
from tiktok_shop.errors import MalformedResponse, StaleCatalogue, Throttled, Transient
from tiktok_shop.response import MAX_RETRY_AFTER_SECONDS
from tiktok_shop.transport import Transport

TOTAL_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Ends:
    simulator: RunningSimulator
    transport: Transport


@pytest.fixture(params=["direct", "session"])
async def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ends]:
    if request.param == "session":
        monkeypatch.setitem(sys.modules, "httptools", None)
    simulator = await start(SimulatorOptions(shops=1, products=1))
    try:
        async with Transport(
            simulator.url, simulator.url, "simulated-key", "simulated-secret", total_seconds=TOTAL_SECONDS
        ) as transport:
            yield Ends(simulator, transport)
    finally:
        await simulator.stop()


@pytest.mark.parametrize("kind", sorted(BAD_ANSWERS))
async def test_bad_response_is_a_transient_error(ends: Ends, kind: str) -> None:
    faults = ends.simulator.world.faults
    faults.bad_answer_share, faults.bad_answers = 1.0, (kind,)
    with pytest.raises(Transient) as problem:
        await ends.transport.send(endpoints.EDIT_PRODUCT, "/product/202509/products/1", "token")
    assert problem.value.outcome_unknown
    assert kept_by(problem.value) < 256 * 1024


def kept_by(error: BaseException | None) -> int:
    """The bytes that the traceback frames of an error and its context keep alive."""
    kept = 0
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            kept += sum(len(value) for value in frame.f_locals.values() if isinstance(value, bytes | bytearray))
        error = error.__context__
    return kept


async def test_error_keeps_no_response_in_memory(platform: Platform) -> None:
    platform.replies.append(Reply(code=12052104, data={"title": "x" * 500_000}))
    async with Transport(platform.url, platform.url, "key", "secret") as transport:
        with pytest.raises(StaleCatalogue) as problem:
            await transport.send(endpoints.GET_PRODUCT, "/product/202309/products/1", "token")
    assert kept_by(problem.value) == 0


async def test_decompression_bomb_is_not_expanded(ends: Ends) -> None:
    faults = ends.simulator.world.faults
    faults.bad_answer_share, faults.bad_answers = 1.0, ("bomb",)
    with pytest.raises(MalformedResponse):  # From now on the simulator's own copy is in memory.
        await ends.transport.send(endpoints.GET_CATEGORIES, endpoints.GET_CATEGORIES.path, "token")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MalformedResponse, match="more than"):
        await ends.transport.send(endpoints.GET_PRODUCT, "/product/202309/products/1", "token")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < HUGE * 1024 / 4, "kilobytes"


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with running_platform() as running:
        yield running


@pytest.mark.parametrize(("header", "seconds"), [("inf", MAX_RETRY_AFTER_SECONDS), ("1e400", MAX_RETRY_AFTER_SECONDS),
                                               ("nan", 0.0), ("-5", 0.0), ("soon", None),
                                               ("Mon, 01 Jan 9999 00:00:00 GMT", MAX_RETRY_AFTER_SECONDS)])  # fmt: skip
async def test_retry_after_is_bounded(platform: Platform, header: str, seconds: float | None) -> None:
    platform.replies.append(Reply(code=36009002, status=429, headers={"retry-after": header, "date": header}))
    async with Transport(platform.url, platform.url, "key", "secret") as transport:
        with pytest.raises(Throttled) as problem:
            await transport.send(endpoints.GET_PRODUCT, "/product/202309/products/1", "token")
    assert problem.value.retry_after == seconds
