"""Turns Redis's own statistics into metrics, as far as they affect the safety of jobs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client.core import Metric

from config.metrics.series import family

_FIELDS = {
    "relist_redis_memory_bytes": "used_memory",
    "relist_redis_memory_limit_bytes": "maxmemory",
    "relist_redis_evicted_keys_total": "evicted_keys",
    "relist_redis_rejected_connections_total": "rejected_connections",
    "relist_redis_connected_clients": "connected_clients",
    "relist_redis_commands_total": "total_commands_processed",
}


def redis_families(info: Mapping[str, Any]) -> Iterable[Metric]:
    """Yield metrics from the reply to INFO. Fields that a server (a proxy, a managed Redis) lacks are left out."""
    for name, field in _FIELDS.items():
        if field in info:
            yield family(name, {(): float(info[field])})
    if "aof_enabled" in info:
        works = bool(info["aof_enabled"]) and info.get("aof_last_write_status", "ok") == "ok"
        yield family("relist_redis_append_only", {(): float(works)})
