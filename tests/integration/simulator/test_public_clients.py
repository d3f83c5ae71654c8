"""Two public clients of the platform, from PyPI and npm, run every operation they share with the simulator."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from simulator.options import SimulatorOptions
from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body
from tests.support.simulator_client import Client
from tests.support.simulator_waiting import some_movable

pytestmark = pytest.mark.slow
CLIENTS = Path(__file__).parent / "clients"
PYTHON_CLIENT, NODE_CLIENT = "tiktok-shop-api==0.1.0", "tiktok-shop-sdk@1.0.3"
TAKES_NO_CIPHER = {"custom_brand"}
"""Operations for which the Node client sends a shop_cipher, which the platform refuses there."""


def plan(client: Client) -> dict[str, Any]:
    options, shop = SimulatorOptions(), client.shop()
    identity, body = next(each for each in some_movable(client, 5) if len(each[1]["skus"]) == 1)
    sku, warehouse = body["skus"][0]["id"], shop.seller.warehouses[0]
    creation = create_body(client.world, shop)
    title = f"Sturdy {client.world.trees.v2[creation['category_id']].name} for every day"
    return {
        "url": client.running.url,
        "app_key": options.app_key,
        "app_secret": options.app_secret,
        "auth_code": shop.account.auth_code,
        "leaf": creation["category_id"],
        "product": identity,
        "recommend": {"product_title": title, "category_version": "v2"},
        "create": creation,
        "edit": body,
        "partial": {"title": "Another title that is long enough", "category_version": "v2"},
        "prices": {"skus": [{"id": sku, "price": {"currency": "USD", "amount": "19.99"}}]},
        "stock": {"skus": [{"id": sku, "inventory": [{"warehouse_id": warehouse, "quantity": 5}]}]},
        "webhook": {"address": "https://seller.example/hooks", "event_type": "PRODUCT_STATUS_CHANGE"},
    }


async def run(*command: str, standard_input: bytes = b"", **environment: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    async with asyncio.timeout(300):
        out, _ = await process.communicate(standard_input)
    assert process.returncode == 0, command
    return out


def check(client: Client, results: dict[str, Any], refused: set[str]) -> None:
    codes = {name: result["code"] for name, result in results.items()}
    assert {name: code for name, code in codes.items() if code} == dict.fromkeys(refused, 36009004), results
    assert len(results) == 27
    assert results["search"]["data"]["total_count"] == client.shop().products
    assert results["get_webhooks"]["data"]["total_count"] == 1
    assert results["edit"]["data"]["product_id"] == results["get_product"]["data"]["id"]
    for batch in ("deactivate", "activate", "delete", "recover"):
        assert results[batch]["data"] == {"errors": []}
    listing = client.world.touch(
        client.shop(), client.world.index_of(client.shop(), results["edit"]["data"]["product_id"])
    )
    assert listing.live["skus"][0]["price"]["sale_price"] == "19.99"
    assert listing.live["skus"][0]["inventory"][0]["quantity"] == 5


async def test_the_python_client_runs_every_shared_operation(platform: Platform, tmp_path: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    await run(uv, "venv", "--quiet", str(tmp_path / "venv"))
    python = str(tmp_path / "venv" / "bin" / "python")
    await run(uv, "pip", "install", "--quiet", "--python", python, PYTHON_CLIENT)
    client = await platform(recommendation_missing_share=0.0)
    out = await run(python, str(CLIENTS / "python_client.py"), standard_input=orjson.dumps(plan(client)))
    check(client, orjson.loads(out), set())


async def test_the_node_client_runs_every_shared_operation(platform: Platform, tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm is not None, "install npm and Node.js 18 or later"
    assert node is not None, "install Node.js 18 or later"
    await run(npm, "install", "--prefix", str(tmp_path), "--no-audit", "--no-fund", "--ignore-scripts", NODE_CLIENT)
    client = await platform(recommendation_missing_share=0.0)
    script = str(CLIENTS / "node_client.cjs")
    modules = str(tmp_path / "node_modules")
    out = await run(node, script, standard_input=orjson.dumps(plan(client)), NODE_PATH=modules)
    check(client, orjson.loads(out), TAKES_NO_CIPHER)
