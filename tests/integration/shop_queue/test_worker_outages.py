"""A worker publishes that the platform does not respond, and every surface reads the same entry."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from authorisation.causes import NETWORK
from redis_client.server_time import server_milliseconds
from shop_queue import worker_outages
from shop_queue.worker_outages import forget_outage, forget_outages, note_outage, read_outages
from tests.support.working_engine import until
from worker.outage_notes import OutageNotes

DNS = NETWORK["dns"]


@contextlib.asynccontextmanager
async def running(redis: Redis) -> AsyncIterator[OutageNotes]:
    notes = OutageNotes(redis, "w1")
    task = asyncio.create_task(notes.run())
    try:
        yield notes
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def causes(redis: Redis) -> dict[str, str]:
    return {worker: each.cause for worker, each in (await read_outages(redis)).items()}


async def named(redis: Redis, expected: dict[str, str]) -> bool:
    return await causes(redis) == expected


async def test_entry_keeps_its_beginning_and_ends_with_the_outage(redis: Redis) -> None:
    since = await note_outage(redis, "w1", "network", "no route", "check it", None)
    assert await note_outage(redis, "w1", "network", "no route", "check it", since) == since
    (outage,) = (await read_outages(redis)).values()
    assert (outage.cause, outage.what, outage.fix, outage.since) == ("network", "no route", "check it", since)
    assert abs(since - await server_milliseconds(redis) / 1000) < 60
    await forget_outage(redis, "w1")
    assert await read_outages(redis) == {}


async def test_long_texts_are_bounded(redis: Redis) -> None:
    await note_outage(redis, "w1", "platform", "x" * 100_000, "y" * 100_000, None)
    (outage,) = (await read_outages(redis)).values()
    assert len(outage.what) == len(outage.fix) == worker_outages.MAX_TEXT


async def test_entries_that_no_probe_renews_do_not_count(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    await note_outage(redis, "w1", "network", "no route", "check it", None)
    monkeypatch.setattr(worker_outages, "FRESH_SECONDS", -1.0)
    assert await read_outages(redis) == {}


async def test_entries_of_dead_workers_are_removed(redis: Redis) -> None:
    for worker in ("w1", "w2"):
        await note_outage(redis, worker, "network", "no route", "check it", None)
    await forget_outages(redis, ["w2"])
    assert await causes(redis) == {"w2": "network"}


async def test_engine_events_write_and_remove_the_entry(redis: Redis) -> None:
    async with running(redis) as notes:
        notes.circuit_opened("getaddrinfo failed", DNS)
        await until(lambda: named(redis, {"w1": "network"}))
        (first,) = (await read_outages(redis)).values()
        assert (first.what, first.fix) == (DNS.what, DNS.fix)
        notes.probe_failed()
        notes.circuit_closed()
        await until(lambda: named(redis, {}))
        notes.circuit_opened("HTTP 503", None)
        await until(lambda: named(redis, {"w1": "platform"}))
        (second,) = (await read_outages(redis)).values()
        assert second.what == "HTTP 503"
    assert await causes(redis) == {}, "a worker that stops takes its entry with it"
