"""One trace shows a product from its feed through its calls to the end of its audit."""

from __future__ import annotations

import orjson
import pytest

from demo.local_fleet import LocalFleet
from shop_queue.keys import INTAKE
from simulator.products import product_id
from tests.support.fleet_here import FleetHere
from tests.support.trace_receiver import Collector, attributes_of

FEEDER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_trace_goes_from_the_feed_through_calls_to_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = ("--shops", "1", "--products", "10", "--unlimited", "--audit-seconds", "0.1", "0.2")
    async with Collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        async with FleetHere(simulator, {"rollout": "off"}) as fleet:
            (shop,) = await fleet.add_shops()
            await fleet.start_worker()
            await assert_trace_is_complete(fleet, collector, shop)
        assert {each["service.name"] for each in collector.resources} == {"relist-gateway", "relist-worker"}


async def assert_trace_is_complete(fleet: LocalFleet, collector: Collector, shop: str) -> None:
    products = [product_id(0, number) for number in range(10)]
    jobs = [{"shop_id": shop, "product_id": product, "trace_id": FEEDER} for product in products]
    await fleet.redis.xadd(INTAKE, {"jobs": orjson.dumps(jobs)})
    trace = bytes.fromhex(FEEDER.split("-")[1])
    await collector.until(lambda: any(span.name == "audit" for span in collector.trace(trace)))
    spans = collector.trace(trace)
    audit = next(attributes_of(span)["relist.product_id"] for span in spans if span.name == "audit")
    own = [span for span in spans if attributes_of(span).get("relist.product_id") == audit]
    assert [span.name for span in own][:2] == ["enqueue", "relist"]
    assert {span.parent_span_id.hex() for span in own} == {"00f067aa0ba902b7"}
    relist = own[1]
    calls = [span for span in spans if span.parent_span_id == relist.span_id]
    assert {"get_product", "edit_product"} <= {span.name for span in calls}
    assert all(relist.start_time_unix_nano <= span.end_time_unix_nano <= relist.end_time_unix_nano for span in calls)
    assert attributes_of(relist)["relist.outcome"] == "in_audit"
