"""Runs commands in this process, on a real record and a real Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from redis import Redis

from console.main import main
from model.job import Job
from model.shop import Shop
from record.opening import open_record
from record.record import Record
from redis_client.connect import connect
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry


class Desk:
    """The commands' environment: a shop, an empty record and an empty Redis."""

    def __init__(self, directory: Path, redis_url: str, shop_id: str) -> None:
        self.directory, self.redis_url, self._shop_id = directory, redis_url, shop_id
        self._environment = {
            "RELIST_REDIS_URL": redis_url,
            "RELIST_APP_KEY": "k",
            "RELIST_APP_SECRET": "s",
            "RELIST_TOKEN_KEY": "t" * 16,
            "RELIST_JOURNAL_DIR": str(directory),
            "RELIST_RECORD_URL": "",
        }

    def relist(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=self._environment)

    def relist_in(self, directory: Path) -> None:
        """Runs a command that uses the record in this directory."""
        self._environment["RELIST_JOURNAL_DIR"] = str(directory)

    def data(self, *arguments: str) -> Any:
        ended = self.relist(*arguments, "--json")
        assert ended.exit_code == 0, ended.output
        return json.loads(ended.stdout)

    def fill(self, work: Callable[[Record], Awaitable[None]]) -> None:
        async def filling() -> None:
            record = open_record("", self.directory)
            await work(record)
            await record.close()

        asyncio.run(filling())

    def enqueue(self, *jobs: Job) -> None:
        async def enqueueing() -> None:
            redis = connect(self.redis_url)
            await LaneProducer(redis).enqueue(map(EnqueueRequest, jobs))
            await redis.aclose()

        asyncio.run(enqueueing())

    def queued(self) -> dict[str, Job]:
        with Redis.from_url(self.redis_url) as redis:
            jobs: dict[bytes, bytes] = redis.hgetall(lane_keys(self._shop_id).jobs)
            return {name.decode(): Job.load(self._shop_id, name.decode(), payload) for name, payload in jobs.items()}


async def add_shop(redis_url: str, shop_id: str) -> None:
    redis = connect(redis_url)
    await ShopRegistry(redis).add(Shop(shop_id, "cipher", "US", shop_id))
    await redis.aclose()
