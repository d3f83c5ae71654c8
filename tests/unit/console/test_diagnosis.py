"""What the doctor says of what it is told."""

from __future__ import annotations

import pytest

from console.diagnosis import platform, redis_server

HEALTHY = {
    "valkey_version": "9.0.0",
    "role": "master",
    "maxmemory_policy": "noeviction",
    "aof_enabled": "1",
    "aof_last_write_status": "ok",
}


def verdicts(info: dict[str, str], config: dict[str, str] | None = None) -> dict[str, str]:
    return {finding.what: finding.verdict for finding in redis_server.judge(info, config or {"appendfsync": "always"})}


def test_a_redis_that_keeps_everything() -> None:
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
def test_what_can_lose_jobs_is_told(change: dict[str, str], config: dict[str, str], what: str, verdict: str) -> None:
    assert verdicts({**HEALTHY, **change}, config)[what] == verdict


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(0, "ok"), (15, "warning"), (-15, "warning"), (31, "failure"), (-301, "failure")]
)
def test_clocks_apart_from_the_platform(ahead: float, verdict: str) -> None:
    assert platform.judge_clock("API clock", ahead).verdict == verdict


@pytest.mark.parametrize(("days", "verdict"), [(365, "ok"), (29, "warning"), (0, "failure")])
def test_an_authorisation_that_ends(days: int, verdict: str) -> None:
    assert platform.judge_expiry("tokens", days * 86_400).verdict == verdict


def test_a_clock_apart_from_redis() -> None:
    assert redis_server.judge_clock(1000.0, 1000.5).verdict == "ok"
    assert redis_server.judge_clock(1000.0, 1005.0).verdict == "warning"
