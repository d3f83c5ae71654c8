"""Workers publish their problems and refused starts, so that they are visible without reading logs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from config.settings import Settings, SettingsError
from relisting.mapping import CategoryMapping, parse_mapping
from shop_queue import worker_problems
from shop_queue.worker_outages import read_outages
from shop_queue.worker_problems import (
    forget_problems,
    forget_refused_start,
    note_problems,
    note_refused_start,
    read_problems,
)
from tests.support.working_engine import until
from worker.config_files import WatchedFile
from worker.problem_notes import ProblemNotes, file_check
from worker.run import run_worker


class OnceUnavailable(Redis):
    """Its first command fails."""

    refused = 0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        if not self.refused:
            self.refused += 1
            raise RedisConnectionError("no connection")
        return await super().execute_command(*args, **options)


class Troubled:
    def __init__(self, text: str = "") -> None:
        self.text = text

    async def __call__(self) -> str:
        return self.text


async def slugs(redis: Redis) -> dict[str, list[str]]:
    return {worker: [each.slug for each in found] for worker, found in (await read_problems(redis))[0].items()}


async def test_problems_come_with_their_beginning_and_go(redis: Redis) -> None:
    record, clock = Troubled(), Troubled()
    notes = ProblemNotes(redis, "w1", {"record": record, "clock": clock})
    await notes.check()
    assert await slugs(redis) == {}
    record.text = "the disk is full " * 100
    await notes.check()
    (first,) = (await read_problems(redis))[0]["w1"]
    assert first.slug == "record"
    assert len(first.what) == worker_problems.MAX_TEXT
    clock.text = "wrong by a year"
    await notes.check()
    assert (await read_problems(redis))[0]["w1"][0] == first, "the beginning stays"
    assert await slugs(redis) == {"w1": ["record", "clock"]}
    record.text = clock.text = ""
    await notes.check()
    assert await slugs(redis) == {}


async def test_old_entries_and_those_of_dead_workers_do_not_count(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Troubled()
    record.text = "the disk is full"
    for worker in ("w1", "w2"):
        await ProblemNotes(redis, worker, {"record": record}).check()
    await note_refused_start(redis, "host", "RELIST_MAPPING_FILE: no such file")
    await forget_problems(redis, ["w2"])
    assert await slugs(redis) == {"w2": ["record"]}
    ((start,),) = (await read_problems(redis))[1:]
    assert (start.host, start.what) == ("host", "RELIST_MAPPING_FILE: no such file")
    monkeypatch.setattr(worker_problems, "FRESH_SECONDS", -1.0)
    monkeypatch.setattr(worker_problems, "REFUSED_SECONDS", -1.0)
    assert await read_problems(redis) == ({}, ())
    await forget_problems(redis, ["w2"])
    assert await redis.hlen("relist:heartbeat") == 0  # type: ignore[misc]


async def test_nothing_is_left_without_problems(redis: Redis) -> None:
    await note_problems(redis, "w1", ())
    await note_refused_start(redis, "host", "x")
    await forget_refused_start(redis, "host")
    assert await read_problems(redis) == ({}, ())


async def test_a_file_that_breaks_later_is_named_until_it_is_corrected(tmp_path: Path) -> None:
    path = tmp_path / "mapping.csv"
    path.write_text("shop,from,to\n*,600001,5\n")
    file: WatchedFile[CategoryMapping] = WatchedFile(path, parse_mapping, CategoryMapping())
    check = file_check("RELIST_MAPPING_FILE", file)
    assert await check() == ""
    path.write_text("not,a,table\n1,2,3\n")
    assert "RELIST_MAPPING_FILE: " in await check()
    assert "the column `from` is missing" in await check()
    path.unlink()
    assert "cannot be read: No such file" in await check()
    path.write_text("shop,from,to\n*,600001,6\n")
    assert await check() == ""


async def test_a_refused_start_is_noted_with_its_reason(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    settings = Settings(
        app_key="k",
        app_secret="simulated-secret",
        token_key="k" * 16,
        redis_url=redis_url,
        mapping_file=tmp_path / "missing.csv",
    )
    with pytest.raises(SettingsError, match=r"missing\.csv"):
        await run_worker(settings)
    ((start,),) = (await read_problems(redis))[1:]
    assert "RELIST_MAPPING_FILE" in start.what
    assert "simulated-secret" not in start.what


async def test_an_unreachable_redis_takes_no_note_and_hides_no_reason(tmp_path: Path) -> None:
    settings = Settings(
        app_key="k",
        app_secret="simulated-secret",
        token_key="k" * 16,
        redis_url="redis://127.0.0.1:1",
        mapping_file=tmp_path / "missing.csv",
    )
    with pytest.raises(SettingsError, match=r"missing\.csv"):
        await run_worker(settings)


@pytest.mark.parametrize(
    "text", [b"", b"null", b"[1]", b"{", b'{"seen": "x"}', b'{"seen": 9e99, "problems": [{}]}', b"\xff"]
)
async def test_entries_that_cannot_be_read_do_not_stop_the_view(redis: Redis, text: bytes) -> None:
    for field in ("problems:w1", "refused:host", "outage:w1"):
        await redis.hset("relist:heartbeat", field, text)  # type: ignore[misc, arg-type]
    assert await read_problems(redis) == ({}, ())
    assert await read_outages(redis) == {}


async def test_fields_of_later_releases_are_ignored(redis: Redis) -> None:
    await ProblemNotes(redis, "w1", {}).check()
    later = {"seen": 9e15, "problems": [{"slug": "record", "what": "full", "since": 1, "more": 2}], "new": 1}
    await redis.hset("relist:heartbeat", "problems:w1", orjson.dumps(later))  # type: ignore[misc, arg-type]
    assert await slugs(redis) == {"w1": ["record"]}


async def test_problems_are_noted_when_redis_was_unavailable_at_the_start(redis: Redis, redis_url: str) -> None:
    client = OnceUnavailable.from_url(redis_url)
    notes = ProblemNotes(client, "w1", {"record": Troubled("the disk is full")})
    running = asyncio.create_task(notes.run())
    try:

        async def noted() -> bool:
            return "w1" in await slugs(redis)

        await until(noted, 30)
        assert client.refused == 1
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.aclose()
