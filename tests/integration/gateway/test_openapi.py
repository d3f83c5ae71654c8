"""docs/openapi.yaml names every route of the gateway, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from gateway.run import gateway_application

DESCRIPTION = Path(__file__).parents[3] / "docs" / "openapi.yaml"
METHODS = frozenset({"get", "post", "put", "patch", "delete"})


async def test_every_route_is_described_and_the_other_way_round(redis: Redis, tmp_path: Path) -> None:
    described = {
        (method.upper(), path)
        for path, item in yaml.safe_load(DESCRIPTION.read_text())["paths"].items()
        for method in item
        if method in METHODS
    }
    app, page = gateway_application(redis, CollectorRegistry(), "k", "s", "x" * 16, tmp_path)
    routed = {
        (route.method, re.sub(r"\{(\w+):[^/]*\}\}?", r"{\1}", route.resource.canonical))
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    await page.close()
    assert routed == described
