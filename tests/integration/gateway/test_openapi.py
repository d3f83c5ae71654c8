"""docs/openapi.yaml describes exactly the gateway's routes."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from authorisation.connector import ShopConnector
from gateway.run import gateway_application
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from web_ui.access.identity import AccessOptions

DESCRIPTION = Path(__file__).parents[3] / "docs" / "openapi.yaml"
METHODS = frozenset({"get", "post", "put", "patch", "delete"})


async def test_openapi_describes_exactly_the_routes(redis: Redis, tmp_path: Path) -> None:
    described = {
        (method.upper(), path)
        for path, item in yaml.safe_load(DESCRIPTION.read_text())["paths"].items()
        for method in item
        if method in METHODS
    }
    connector = ShopConnector(Transport("http://a", "http://a", "k", "s"), redis, TokenCipher("k" * 16))
    app, web_ui = gateway_application(
        redis, CollectorRegistry(), {"": ("k", "s")}, AccessOptions("x" * 16), tmp_path, connector
    )
    routed = {
        (route.method, re.sub(r"\{(\w+):[^/]*\}\}?", r"{\1}", route.resource.canonical))
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    await web_ui.close()
    assert routed == described
