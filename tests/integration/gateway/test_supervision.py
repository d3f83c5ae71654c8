"""The gateway stops when one of its tasks ends."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.run import GatewayPartEnded, until_stopped
from monitoring.fleet_metrics import FleetMetrics
from producers.intake import Intake
from tests.support.running_gateway import running_gateway, settings


@pytest.mark.parametrize("part", [Intake, FleetMetrics])
@pytest.mark.parametrize("error", [ValueError("unexpected"), None])
async def test_ended_task_stops_the_gateway(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, part: type, error: Exception | None
) -> None:
    fails = asyncio.Event()

    async def run(_: object) -> None:
        await fails.wait()
        if error is not None:
            raise error

    monkeypatch.setattr(part, "run", run)
    with capture_logs() as logs:
        async with running_gateway(settings(redis_url)) as (_, running):
            fails.set()
            with pytest.raises(GatewayPartEnded):
                async with asyncio.timeout(10):
                    await running
    assert [each["part"] for each in logs if each["event"] == "gateway_part_ended"]


async def test_requested_stop_is_not_an_error() -> None:
    stop = asyncio.Event()
    stop.set()
    part = asyncio.create_task(stop.wait(), name="intake")
    await until_stopped([part], stop)  # type: ignore[list-item]
