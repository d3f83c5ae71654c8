"""The whole job without our engine: the same pipeline on stock arq or in a bare loop, or only its HTTP and JSON.

record <redis> <api> <file>   adds the calls of each product to its `[shop, product]` line in the file, and writes the
                              edits that the rollout was asked about to <file>.edits
http   <redis> <api> <file>   replays those calls without pipeline or queue
kept   <redis> <api> <file>   the same, but first writes each edit and the product before it to disk
bare   <redis> <api> <file>   runs the pipeline for the products of the file without a queue, with a worker's garbage
                              collection
unproposed                    the same without proposals
arq    <redis> <api> <rate>   runs the pipeline on stock arq with a limiter in Redis
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import orjson
from arq.worker import Retry, Worker, func
from redis.asyncio import Redis

from benchmarks.workers.protocol import Tally, fill_and_report, work_and_report
from benchmarks.workers.stock_arq import pool_of
from config.logging.setup import configure_logging
from model.job import Job
from model.outcome import Outcome
from record.entry import NewEdit
from record.opening import open_record
from redis_client.connect import connect
from rollout.edit import Edit
from rollout.outcome import Admitted, Held
from rollout.service import Rollout
from shop_queue.keys import OUTCOMES
from tiktok_shop.call_permits import Access, Purpose
from tiktok_shop.endpoints import Endpoint
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.response import Response
from tiktok_shop.transport import Transport, Upload
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore
from worker.engine.call_permits import JobPermits, ShopRateLimiter
from worker.engine.job_handler import JobFunction
from worker.engine.results import Done, Result, Snooze, Wait
from worker.engine.results import Retry as Failed
from worker.gc_tuning import tune_gc
from worker.jobs.handlers import job_handlers
from worker.services import Services, redis_stores

SLOTS = 100
UNPACED = 1e9
LIMITER = """
local tat = tonumber(redis.call('GET', KEYS[1]) or '0')
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
if tat > now then return tostring(tat - now) end
redis.call('SET', KEYS[1], math.max(tat, now) + 1 / tonumber(ARGV[1]), 'EX', 60)
return '0'
"""
"""GCRA without bursts. Returns the seconds until the next request may be sent; 0 permits one now."""


_calls: ContextVar[list[dict[str, Any]]] = ContextVar("calls")
"""The calls of the product that the current task handles."""


class Recorder(Transport):
    """Records every call that the pipeline sends to the platform, for the product that needed it first."""

    async def send(
        self,
        endpoint: Endpoint,
        path: str,
        token: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
        purpose: Purpose | None = None,
    ) -> Response:
        call = {"endpoint": asdict(endpoint), "path": path, "token": token, "query": query, "body": body}
        _calls.get().append(call)
        return await super().send(endpoint, path, token, query=query, body=body, upload=upload, purpose=purpose)


class EditRecorder(Rollout):
    """Admits every edit and keeps it."""

    edits: list[Edit]

    async def admit(self, edit: Edit) -> Admitted | Held:
        self.edits.append(edit)
        return await super().admit(edit)


class ArqGate(JobPermits):
    """Asks the limiter in Redis before each call.

    A refused first call raises Retry, as arq users do. Later calls wait in their slot, since a retry would start the
    job from the beginning.
    """

    def __init__(self, redis: Redis, digest: str, shop_id: str, rate: float) -> None:
        super().__init__(ShopRateLimiter(None, UNPACED, UNPACED, 0.0), None, lambda: 0.0)
        self._redis, self._digest, self._shop_id, self._rate = redis, digest, shop_id, rate
        self._has_begun = False
        self._kept: Access | None = None

    async def acquire(self, access: Access) -> None:
        await self.reserve(access)
        if self.on_send is not None:
            self.on_send(access)
        self._kept = None

    async def reserve(self, access: Access) -> None:
        if self._kept == access:
            return
        while (wait := await self._wait(f"limit:{self._shop_id}:{access}")) > 0:
            if not self._has_begun:
                raise Retry(defer=wait)
            await asyncio.sleep(wait)
        self._has_begun, self._kept = True, access

    async def _wait(self, key: str) -> float:
        return float(await self._redis.evalsha(self._digest, 1, key, str(self._rate)))  # type: ignore[misc]

    def report(self, access: Access, throttled: bool, retry_after: float | None) -> bool:
        self.answered = True
        return False


@asynccontextmanager
async def services_on(redis_url: str, api_url: str, transport: Transport | None = None) -> AsyncIterator[Services]:
    """The services of a worker, built as in worker/run.py."""
    redis = connect(redis_url)
    assert isinstance(redis, Redis)
    if transport is None:
        transport = Transport(api_url, api_url, "simulated-key", os.environ["RELIST_APP_SECRET"])
    cipher = TokenCipher(os.environ["RELIST_TOKEN_KEY"])
    record = open_record("", Path(mkdtemp(prefix="record-", dir=os.environ["RELIST_JOURNAL_DIR"])))
    async with transport:
        tokens = TokenStore(redis, cipher, transport)
        yield Services(
            transport=transport,
            tokens=tokens,
            record=record,
            **redis_stores(redis),
        )
        await record.close()


async def in_slots(work: Iterable[Awaitable[None]]) -> None:
    """Runs at most SLOTS awaitables concurrently."""
    waiting = iter(work)

    async def slot() -> None:
        for each in waiting:
            await each

    await asyncio.gather(*(slot() for _ in range(SLOTS)))


def pipeline_of(services: Services, redis_url: str) -> JobFunction:
    return job_handlers(services, connect(redis_url))["relist"].run


def gate_of() -> JobPermits:
    return JobPermits(ShopRateLimiter(None, UNPACED, UNPACED, 0.0), "read", lambda: 0.0)


async def record(redis_url: str, api_url: str, file: Path) -> None:
    recorder = Recorder(api_url, api_url, "simulated-key", os.environ["RELIST_APP_SECRET"])
    async with services_on(redis_url, api_url, recorder) as services:
        rollout = EditRecorder(connect(redis_url), "off")
        rollout.edits = []
        relist = pipeline_of(replace(services, rollout=rollout), redis_url)

        async def one(product: list[Any]) -> None:
            shop_id, product_id = product
            calls: list[dict[str, Any]] = []
            _calls.set(calls)
            await relist(Job(shop_id, product_id), gate_of())
            product.append(calls)

        async def record_all() -> None:
            products = [orjson.loads(line) for line in file.read_bytes().splitlines()]
            await in_slots(one(each) for each in products)
            file.write_bytes(b"\n".join(map(orjson.dumps, products)))
            edits = sorted(rollout.edits, key=lambda edit: (edit.shop_id, edit.product_id))
            file.with_suffix(".edits").write_bytes(b"\n".join(orjson.dumps(each.to_json()) for each in edits))

        await fill_and_report(record_all)


async def http(redis_url: str, api_url: str, file: Path, *, journal: bool = False) -> None:
    tally = Tally()
    products = [orjson.loads(line)[2] for line in file.read_bytes().splitlines()]
    async with services_on(redis_url, api_url) as services:

        async def one(calls: list[dict[str, Any]]) -> None:
            before: dict[str, Any] = {}
            for call in calls:
                endpoint = Endpoint(**call["endpoint"])
                if journal and endpoint.access == "write":
                    product_id = str(before.get("id") or "")
                    edit = NewEdit(services.now(), "", product_id, "relist", "bench", "", call["body"], before)
                    await services.record.append(edit)
                # The platform refused some of these calls when they were recorded, for example if it had no
                # recommendation.
                with contextlib.suppress(TikTokShopError):
                    answer = await services.transport.send(
                        endpoint, call["path"], call["token"], query=call["query"], body=call["body"]
                    )
                    if endpoint.name == "get_product":
                        before = answer.data
            tally.done += 1

        await work_and_report(tally, lambda: finish(in_slots(one(calls) for calls in products)))


async def kept(redis_url: str, api_url: str, file: Path) -> None:
    await http(redis_url, api_url, file, journal=True)


async def unproposed(redis_url: str, api_url: str, file: Path) -> None:
    await bare(redis_url, api_url, file, proposes=False)


async def bare(redis_url: str, api_url: str, file: Path, *, proposes: bool = True) -> None:
    tally = Tally()
    products = [orjson.loads(line)[:2] for line in file.read_bytes().splitlines()]
    async with services_on(redis_url, api_url) as services:
        relist = pipeline_of(services if proposes else replace(services, known_values=None), redis_url)
        tune_gc()

        async def one(shop_id: str, product_id: str) -> None:
            result = await relist(Job(shop_id, product_id), gate_of())
            assert isinstance(result, Done | Wait), result
            tally.done += 1

        await work_and_report(tally, lambda: finish(in_slots(one(*each) for each in products)))


async def finish(work: Awaitable[None]) -> None:
    """Does not return after the work, so that the last report is sent."""
    await work
    await asyncio.Event().wait()


async def stock_arq(redis_url: str, api_url: str, rate: str) -> None:
    tally = Tally()
    redis = connect(redis_url)
    assert isinstance(redis, Redis)
    digest = await redis.script_load(LIMITER)
    async with services_on(redis_url, api_url) as services:
        run = pipeline_of(services, redis_url)

        async def relist(ctx: dict[Any, Any], shop_id: str, product_id: str, run_id: str) -> None:
            job = Job(shop_id, product_id, run_id=run_id)
            permits = ArqGate(redis, digest, shop_id, float(rate))
            try:
                result: Result = await run(job, permits)
            except Retry:
                raise
            except Exception as error:
                tally.error = error  # arq would log it and drop the job.
                raise
            match result:
                case Done(outcome) | Wait(outcome=Outcome() as outcome):
                    words = outcome.record(
                        shop_id=shop_id, product_id=product_id, run_id=run_id, trace_id="", kind="relist",
                        attempts=1, at=datetime.now(UTC),
                    )  # fmt: skip
                    await redis.xadd(OUTCOMES, {"outcome": orjson.dumps(words)}, maxlen=1_000_000, approximate=True)
                    tally.done += 1
                case Snooze(seconds):
                    raise Retry(defer=seconds)
                case Failed():
                    raise Retry(defer=1.0)

        worker = Worker(
            functions=[func(relist, name="relist", max_tries=1_000_000)],
            redis_pool=pool_of(redis_url),
            poll_delay=0.01,
            max_jobs=SLOTS,
            queue_read_limit=500,
            keep_result=0,
            handle_signals=False,
            job_serializer=orjson.dumps,
            job_deserializer=orjson.loads,
        )
        await work_and_report(tally, worker.async_run)


if __name__ == "__main__":
    configure_logging("json", os.environ["RELIST_LOG_LEVEL"])
    command, redis_address, api_address, last = sys.argv[1:]
    if command == "arq":
        asyncio.run(stock_arq(redis_address, api_address, last))
    else:
        ways: dict[str, Callable[[str, str, Path], Awaitable[None]]] = {
            "record": record,
            "http": http,
            "kept": kept,
            "bare": bare,
            "unproposed": unproposed,
        }
        asyncio.run(ways[command](redis_address, api_address, Path(last)))  # type: ignore[arg-type]
