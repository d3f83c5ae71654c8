"""Clients that flood /metrics neither render it again nor delay other requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from http_server.metrics_endpoint import MAX_PER_SECOND, RENDER_SECONDS, MetricsEndpoint


class CountedCollector(Collector):
    collections = 0

    def collect(self) -> Iterable[Metric]:
        self.collections += 1
        yield GaugeMetricFamily("x", "x", value=self.collections)


class Endpoint:
    def __init__(self) -> None:
        self.now = 100.0
        self.collector = CountedCollector()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self.collector)
        self.collector.collections = 0
        self.app = web.Application()
        self.app.router.add_get("/metrics", MetricsEndpoint(registry, lambda: self.now).get)


@pytest.fixture
async def endpoint() -> AsyncIterator[tuple[Endpoint, TestClient[web.Request, web.Application]]]:
    made = Endpoint()
    async with TestClient(TestServer(made.app)) as client:
        yield made, client


async def test_metrics_are_rendered_once_per_second(
    endpoint: tuple[Endpoint, TestClient[web.Request, web.Application]],
) -> None:
    made, client = endpoint
    bodies = {await (await client.get("/metrics")).text() for _ in range(5)}
    assert (len(bodies), made.collector.collections) == (1, 1)
    made.now += RENDER_SECONDS
    assert await (await client.get("/metrics")).text() not in bodies
    assert made.collector.collections == 2


async def test_each_format_is_rendered_separately(
    endpoint: tuple[Endpoint, TestClient[web.Request, web.Application]],
) -> None:
    _, client = endpoint
    plain = await client.get("/metrics")
    other = await client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert plain.headers["content-type"] != other.headers["content-type"]
    assert (await other.text()).endswith("# EOF\n")


async def test_flood_is_refused_until_the_next_second(
    endpoint: tuple[Endpoint, TestClient[web.Request, web.Application]],
) -> None:
    made, client = endpoint
    answers = await asyncio.gather(*(client.get("/metrics") for _ in range(MAX_PER_SECOND + 30)))
    statuses = [answer.status for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (MAX_PER_SECOND, 30)
    assert made.collector.collections == 1
    made.now += 1.0
    assert (await client.get("/metrics")).status == 200
