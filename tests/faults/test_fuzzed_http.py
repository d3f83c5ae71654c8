"""Schemathesis fuzzes the gateway from docs/openapi.yaml, as an anonymous client and as a signed-in user."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import aiohttp
import pytest

from demo.local_fleet import LocalFleet
from model.shop import Shop
from shop_queue.shop_registry import ShopRegistry
from tests.support.blocked_records import MATERIAL, block
from tests.support.hostile_entries import resident_bytes
from tests.support.survived import Survived

DESCRIPTION = Path(__file__).parents[2] / "docs" / "openapi.yaml"
TOKEN = "a token of some length"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance"
SEED, EXAMPLES = "20261125", "40"
FUZZ_SECONDS = 240.0


async def fuzz(address: str, directory: Path, *headers: str) -> tuple[int, str]:
    """Returns the exit code and the output. Schemathesis leaves its files in the directory."""
    given = [part for header in headers for part in ("-H", header)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", str(DESCRIPTION), "--url", address, "--checks", CHECKS),
        *("--seed", SEED, "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing", "--no-color"),
        *("--generation-database", "none", "--max-redirects", "0", "--request-timeout", "10", *given),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=directory,
    )
    try:
        async with asyncio.timeout(FUZZ_SECONDS):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0, out.decode()


async def session_cookie(address: str) -> str:
    async with aiohttp.ClientSession(address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get("/login") as answer:
            found = re.search(r'name="csrf" value="(\w+)"', await answer.text())
        assert found is not None
        given = {"csrf": found[1], "token": TOKEN}
        async with browser.post("/login", data=given, allow_redirects=False) as answer:
            assert answer.status == 303
            return answer.cookies["relist_session"].value


@pytest.mark.slow
@pytest.mark.parametrize("who", ["an anonymous client", "a signed-in user"])
async def test_gateway_survives_fuzzing_from_its_description(who: str, tmp_path: Path, survived: Survived) -> None:
    log = tmp_path / "log"
    async with LocalFleet(("--shops", "1"), {"page_token": TOKEN}, log_file=log) as fleet:
        await ShopRegistry(fleet.redis).add(Shop("7494", "c", "US", "7494"))
        await block(fleet.redis, "7494", "1", MATERIAL)
        before = resident_bytes(fleet.gateway.process.pid)
        address = f"http://127.0.0.1:{fleet.gateway.address}"
        headers = [f"Cookie: relist_session={await session_cookie(address)}"] if who != "an anonymous client" else []
        code, output = await fuzz(address, tmp_path, *headers)
        assert code == 0, f"{output[-5000:]}\n{log.read_text()[-5000:]}"
        assert "Traceback" not in log.read_text(), log.read_text()[-5000:]
        requests = re.search(r"([\d,]+) generated", output)
        survived(
            f"the gateway fuzzed by {who}, from its OpenAPI description",
            promise="no server error, only documented responses",
            requests=int(requests[1].replace(",", "")) if requests else output[-200:],
            gateway_rss_grown_MiB=(resident_bytes(fleet.gateway.process.pid) - before) / 1024**2,
        )
