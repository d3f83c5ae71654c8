"""Checks that Redis does not lose jobs: version, persistence, eviction, role and clock, from INFO and CONFIG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis.exceptions import RedisError

from console.diagnosis.clocks import judge_redis_clock
from console.diagnosis.finding import Finding, failure, ok, warning
from redis_client.connect import AnyRedis
from redis_client.server_checks import UnsuitableRedis
from shop_queue import start

OLDEST_MAJOR = 7


async def check_redis(redis: AnyRedis, now: float) -> list[Finding]:
    """`now` is this machine's Unix time. Raises RedisError."""
    info = _flat(await redis.execute_command("INFO"))
    seconds, microseconds = await redis.execute_command("TIME")
    try:
        config = _flat(await redis.execute_command("CONFIG", "GET", "*"))
    except RedisError:
        config = {}
    return [*judge(info, config), judge_redis_clock(int(seconds) + int(microseconds) / 1e6, now)]


async def check_user(redis: AnyRedis) -> list[Finding]:
    """Check that this command's user may run a worker's commands; workers may have a different user."""
    try:
        await start.check_user(redis)
    except UnsuitableRedis as missing:
        fix = "apply deploy/redis/users.acl; this is this command's user, while workers and gateways may have others"
        return [warning("Redis rights", str(missing), fix, "redis_rights")]
    return []


def judge(info: Mapping[str, str], config: Mapping[str, str]) -> list[Finding]:
    """Derive findings from the server's replies. `config` is empty if CONFIG is not permitted. Pure."""
    findings = [_version(info), _role(info), _eviction(info, config), _persistence(info, config)]
    used, limit = int(info.get("used_memory") or 0), int(info.get("maxmemory") or 0)
    if limit and used > 0.8 * limit:
        fix = "raise maxmemory, or let the workers catch up before more is enqueued"
        findings.append(warning("Redis memory", f"{used / limit:.0%} of maxmemory is used", fix))
    return findings


def _version(info: Mapping[str, str]) -> Finding:
    name = "Valkey" if info.get("valkey_version") else "Redis"
    version = info.get("valkey_version") or info.get("redis_version") or "0"
    if int(version.split(".")[0]) < OLDEST_MAJOR:
        return failure("Redis version", f"{name} {version}", "use Redis 7 or later, or Valkey 8 or later")
    return ok("Redis version", f"{name} {version}")


def _role(info: Mapping[str, str]) -> Finding:
    if info.get("role") == "slave":
        fix = "point RELIST_REDIS_URL at the primary, or at Sentinel with redis+sentinel://"
        return failure("Redis role", "this is a replica, which refuses writes", fix)
    return ok("Redis role", "primary")


def _eviction(info: Mapping[str, str], config: Mapping[str, str]) -> Finding:
    policy = info.get("maxmemory_policy") or config.get("maxmemory-policy") or "unknown"
    if policy == "noeviction":
        return ok("Redis eviction", "noeviction")
    if policy == "unknown":
        return warning("Redis eviction", "not permitted to read it", "make sure that maxmemory-policy is noeviction")
    return failure("Redis eviction", policy, "CONFIG SET maxmemory-policy noeviction: any other policy deletes jobs")


def _persistence(info: Mapping[str, str], config: Mapping[str, str]) -> Finding:
    what = "Redis persistence"
    if info.get("aof_enabled") == "1":
        if info.get("aof_last_write_status", "ok") != "ok":
            return failure(what, "the last write of the AOF failed", "free disk space on the server and check its log")
        policy = config.get("appendfsync", "everysec")
        lost = {"always": "a crash loses nothing", "everysec": "a crash loses at most the last second"}
        if policy in lost:
            return ok(what, f"AOF, {policy}: {lost[policy]}")
        return warning(what, f"AOF, appendfsync {policy}", "CONFIG SET appendfsync everysec, or always")
    fix = "CONFIG SET appendonly yes, also in redis.conf: without it a crash loses every job since the last snapshot"
    return warning(what, "no AOF", fix)


def _flat(answer: Any) -> dict[str, str]:
    """Return the reply to INFO or CONFIG as text, whether or not the client has parsed it."""
    if isinstance(answer, bytes | str):
        text = answer.decode() if isinstance(answer, bytes) else answer
        pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
        return {name: value for name, _, value in pairs}
    if isinstance(answer, list):
        answer = dict(zip(answer[::2], answer[1::2], strict=True))
    return {_text(name): _text(value) for name, value in answer.items() if not isinstance(value, Mapping)}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
