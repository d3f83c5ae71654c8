"""Starts the simulator and `relist worker` as operators do."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson
from redis.asyncio import Redis

from benchmarks.processes import ROOT
from model.shop import Shop
from shop_queue.shop_registry import ShopRegistry
from simulator.products import product_id
from tests.support.redis_server import die_with_parent
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore

TOKEN_KEY = "benchmarks benchmarks benchmarks"
APP_KEY, APP_SECRET = "simulated-key", "simulated-secret"
UNPACED = "1000000000"


def environment(redis_url: str, api_url: str, directory: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("RELIST_")},
        "PYTHONPATH": str(ROOT),
        "RELIST_REDIS_URL": redis_url,
        "RELIST_API_URL": api_url,
        "RELIST_AUTH_URL": api_url,
        "RELIST_APP_KEY": APP_KEY,
        "RELIST_APP_SECRET": APP_SECRET,
        "RELIST_TOKEN_KEY": TOKEN_KEY,
        "RELIST_JOURNAL_DIR": str(directory),
        "RELIST_METRICS_PORT": "0",
        "RELIST_DEFAULT_RATE": UNPACED,
        "RELIST_MAX_RATE": UNPACED,
        "RELIST_MAX_JOBS": "100",
        "RELIST_LOG_LEVEL": "WARNING",
    }


@dataclass(frozen=True, slots=True)
class Relist:
    """A running `relist` process and the address it announced."""

    pid: int
    address: str

    def cpu_seconds(self) -> float:
        """CPU time of all threads, which the kernel accounts in nanoseconds."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


@asynccontextmanager
async def relist(environ: dict[str, str], *arguments: str) -> AsyncIterator[Relist]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from console.main import main; main()", *arguments),
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=die_with_parent,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode().split()
        if line[:1] != ["ready"]:
            raise RuntimeError(f"relist {arguments[0]} did not start")
        yield Relist(process.pid, line[1])
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def simulator(shops: int, products: int, *options: str) -> AsyncIterator[Relist]:
    """A simulator without rate limits, whose audits end long after the benchmark."""
    arguments = (
        "--unlimited",
        "--shops",
        str(shops),
        "--products",
        str(products),
        "--audit-seconds",
        "900",
        "900",
        *options,
    )
    async with relist(environment("", "", Path()), "simulator", *arguments) as process:
        yield process


async def add_shops(redis: Redis, api_url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{api_url}/simulator/shops") as answer:
        shops = orjson.loads(await answer.read())
    store = TokenStore(redis, TokenCipher(TOKEN_KEY), Transport(api_url, api_url, APP_KEY, APP_SECRET))
    registry = ShopRegistry(redis)
    for each in shops:
        expiries = {name: each[name] for name in ("access_expires", "refresh_expires")}
        await store.save(each["shop_id"], Tokens(each["access_token"], each["refresh_token"], **expiries))
        await registry.add(Shop(each["shop_id"], each["cipher"], each["region"], each["shop_id"], each["name"]))


async def products_of(redis: Redis, products: int) -> list[tuple[str, str]]:
    """Pairs of shop and product id, alternating between the shops."""
    shops = [shop.shop_id for shop in await ShopRegistry(redis).all()]
    return [(shops[n % len(shops)], product_id(n % len(shops), n // len(shops))) for n in range(products)]
