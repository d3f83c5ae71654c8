"""Whether this Redis keeps jobs: version, persistence, eviction, role, clock; judged from INFO and CONFIG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis.exceptions import RedisError

from console.diagnosis.finding import Finding, failure, ok, warning
from redis_client.connect import AnyRedis

OLDEST_MAJOR = 7
CLOCKS_APART_SECONDS = 1.0


async def examine(redis: AnyRedis, now: float) -> list[Finding]:
    """`now` is this machine's unix time. Raises RedisError when nothing can be asked at all."""
    info = _flat(await redis.execute_command("INFO"))
    seconds, microseconds = await redis.execute_command("TIME")
    try:
        config = _flat(await redis.execute_command("CONFIG", "GET", "*"))
    except RedisError:
        config = {}
    return [*judge(info, config), judge_clock(int(seconds) + int(microseconds) / 1e6, now)]


def judge(info: Mapping[str, str], config: Mapping[str, str]) -> list[Finding]:
    """Pure. `config` is empty where CONFIG may not be asked."""
    findings = [_version(info), _role(info), _eviction(info, config), _persistence(info, config)]
    used, limit = int(info.get("used_memory") or 0), int(info.get("maxmemory") or 0)
    if limit and used > 0.8 * limit:
        fix = "raise maxmemory, or let the workers catch up before more is enqueued"
        findings.append(warning("Redis memory", f"{used / limit:.0%} of maxmemory is used", fix))
    return findings


def judge_clock(server: float, here: float) -> Finding:
    apart = abs(server - here)
    if apart > CLOCKS_APART_SECONDS:
        fix = "run NTP on both; leases go by the server's clock and are not affected, log times are"
        return warning("Redis clock", f"{apart:.1f} s apart from this machine's", fix)
    return ok("Redis clock", "the same as this machine's")


def _version(info: Mapping[str, str]) -> Finding:
    name = "Valkey" if info.get("valkey_version") else "Redis"
    version = info.get("valkey_version") or info.get("redis_version") or "0"
    if int(version.split(".")[0]) < OLDEST_MAJOR:
        return failure("Redis version", f"{name} {version}", "use Redis 7 or later, or Valkey 8 or later")
    return ok("Redis version", f"{name} {version}")


def _role(info: Mapping[str, str]) -> Finding:
    if info.get("role") == "slave":
        fix = "point RELIST_REDIS_URL at the primary, or at Sentinel with redis+sentinel://"
        return failure("Redis role", "this is a replica, which takes no writes", fix)
    return ok("Redis role", "primary")


def _eviction(info: Mapping[str, str], config: Mapping[str, str]) -> Finding:
    policy = info.get("maxmemory_policy") or config.get("maxmemory-policy") or "unknown"
    if policy == "noeviction":
        return ok("Redis eviction", "noeviction")
    if policy == "unknown":
        return warning("Redis eviction", "may not be asked", "make sure that maxmemory-policy is noeviction")
    return failure("Redis eviction", policy, "CONFIG SET maxmemory-policy noeviction: any other one deletes jobs")


def _persistence(info: Mapping[str, str], config: Mapping[str, str]) -> Finding:
    what = "Redis persistence"
    if info.get("aof_enabled") == "1":
        if info.get("aof_last_write_status", "ok") != "ok":
            return failure(what, "the last write of the AOF failed", "free the server's disk, see its log")
        policy = config.get("appendfsync", "everysec")
        lost = {"always": "nothing is lost in a crash", "everysec": "a crash loses the last second at most"}
        if policy in lost:
            return ok(what, f"AOF, {policy}: {lost[policy]}")
        return warning(what, f"AOF, appendfsync {policy}", "CONFIG SET appendfsync everysec, or always")
    fix = "CONFIG SET appendonly yes, and in redis.conf: without it a crash forgets every job since the last snapshot"
    return warning(what, "no AOF", fix)


def _flat(answer: Any) -> dict[str, str]:
    """INFO and CONFIG as text, however the client has parsed them."""
    if isinstance(answer, bytes | str):
        text = answer.decode() if isinstance(answer, bytes) else answer
        pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
        return {name: value for name, _, value in pairs}
    if isinstance(answer, list):
        answer = dict(zip(answer[::2], answer[1::2], strict=True))
    return {_text(name): _text(value) for name, value in answer.items() if not isinstance(value, Mapping)}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
