"""The findings of `relist doctor`."""

from __future__ import annotations

import errno
import ssl

import pytest

from console.commands import doctor
from console.diagnosis import clocks, redis_server
from console.diagnosis.platform import error_words

HEALTHY = {
    "valkey_version": "9.0.0",
    "role": "master",
    "maxmemory_policy": "noeviction",
    "aof_enabled": "1",
    "aof_last_write_status": "ok",
}


def verdicts(info: dict[str, str], config: dict[str, str] | None = None) -> dict[str, str]:
    return {finding.what: finding.verdict for finding in redis_server.judge(info, config or {"appendfsync": "always"})}


def test_healthy_redis_passes_every_check() -> None:
    assert set(verdicts(HEALTHY).values()) == {"ok"}


@pytest.mark.parametrize(
    ("change", "config", "what", "verdict"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, {}, "Redis eviction", "failure"),
        ({"maxmemory_policy": ""}, {}, "Redis eviction", "warning"),
        ({"aof_enabled": "0"}, {}, "Redis persistence", "warning"),
        ({"aof_last_write_status": "err"}, {}, "Redis persistence", "failure"),
        ({}, {"appendfsync": "no"}, "Redis persistence", "warning"),
        ({"role": "slave"}, {}, "Redis role", "failure"),
        ({"valkey_version": "", "redis_version": "6.2.14"}, {}, "Redis version", "failure"),
        ({"used_memory": "90", "maxmemory": "100"}, {}, "Redis memory", "warning"),
    ],
)
def test_unsafe_redis_is_reported(change: dict[str, str], config: dict[str, str], what: str, verdict: str) -> None:
    assert verdicts({**HEALTHY, **change}, config)[what] == verdict


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(0, "ok"), (15, "warning"), (-15, "warning"), (31, "failure"), (-301, "failure")]
)
def test_platform_clock_offset_is_judged(ahead: float, verdict: str) -> None:
    assert clocks.judge_platform_clock("API clock", ahead).verdict == verdict


def test_only_a_clock_that_is_more_than_a_day_off_keeps_workers_from_starting() -> None:
    no_worker = doctor.check_workers([], 3)
    for ahead, found, is_kept in ((400, "400 s ahead", False), (-86_400 * 3650, "3,650 days behind", True)):
        clock = clocks.judge_platform_clock("API clock", ahead)
        assert clock.found == f"this machine is {found}"
        _, workers = doctor.with_worker_remedy([clock, no_worker])
        assert workers.fix.startswith("fix the problem that keeps workers from starting") == is_kept


def test_redis_clock_offset_is_judged() -> None:
    assert clocks.judge_redis_clock(1000.0, 1000.5).verdict == "ok"
    assert clocks.judge_redis_clock(1000.0, 1005.0).verdict == "warning"
    apart = clocks.judge_redis_clock(1000.0, 1000.0 + 13 * 365 * 86_400)
    assert (apart.verdict, apart.cause, apart.found) == ("failure", "clock", "4,745 days apart from this machine")


def test_a_refused_connection_is_named_as_the_system_does() -> None:
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 2)")
    assert error_words(refused) == "Connection refused"
    assert error_words(OSError(errno.ENETUNREACH, "Connect call failed")) == "Network is unreachable"
    assert error_words(TimeoutError()) == "no response within 10 s"
    assert error_words(ssl.SSLError(1, "wrong version number")) == "wrong version number"
    assert error_words(ValueError("x")) == "ValueError"
