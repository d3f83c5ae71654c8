"""`/readyz` names what keeps a process from its work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from http_server.readiness import LOG_SECONDS, Readiness, log_check
from record.opening import open_record
from shop_queue.keys import EPOCH
from shop_queue.required_commands import WORKER_COMMANDS
from shop_queue.start import RIGHTS_SECONDS, RedisReadiness, check_redis
from worker.record_size import RecordSize


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_revoked_right_is_reported_until_it_is_restored(redis: Redis) -> None:
    clock = Clock()
    ready = RedisReadiness(redis, await check_redis(redis, WORKER_COMMANDS), WORKER_COMMANDS, clock)
    assert await ready.problem() == ""
    await redis.execute_command("ACL", "SETUSER", "default", "-zscore")
    try:
        clock.now = RIGHTS_SECONDS
        assert "lacks rights: ZSCORE" in await ready.problem()
    finally:
        await redis.execute_command("ACL", "SETUSER", "default", "+@all")
    assert await ready.problem() == ""


async def test_emptied_redis_is_named(redis: Redis) -> None:
    epoch = await check_redis(redis, WORKER_COMMANDS)
    await redis.delete(EPOCH)
    assert "emptied" in await RedisReadiness(redis, epoch, WORKER_COMMANDS).problem()


async def test_unavailable_record_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "journal"
    taken.write_text("not a directory")
    record = open_record("", taken)
    size = RecordSize(record, CollectorRegistry())
    await size.measure()
    assert re.match(r"the record in \S+ is unavailable: ", await Readiness(size.problem)())
    taken.unlink()
    await record.upgrade()
    await size.measure()
    assert await Readiness(size.problem)() == ""
    await record.close()


async def test_lost_log_line_is_named_for_a_minute() -> None:
    clock, lost = Clock(), [0]
    check = log_check(clock, lambda: lost[0])
    assert await check() == ""
    lost[0] = 3
    assert "3 lost" in await check()
    clock.now = LOG_SECONDS
    assert await check() == ""


async def test_process_without_files_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await Readiness()() == ""
    monkeypatch.setattr("http_server.readiness.file_limit", lambda: 10)
    assert "files are open" in await Readiness()()
