"""The Redis commands that a worker and a gateway run, to be checked at start (redis_client/server_checks.py).

One example of each command and kind of key. No command is executed, so the values do not matter. Commands inside
scripts need the same rights; tests/unit/shop_queue/test_required_commands.py compares these lists with the scripts.
"""

from __future__ import annotations

from redis_client.connect import WRITABLE
from shop_queue.intake_stream import GROUP
from shop_queue.keys import (
    CANARY,
    CONTROL_CHANNEL,
    ENQUEUED,
    EPOCH,
    HOLDERS,
    INTAKE,
    INTAKE_REJECTED,
    OUTCOMES,
    READY,
    READY_KEYS,
    SCHEMA,
    SHOPS,
    WAKE_CHANNEL,
    cancelled_key,
    lane_keys,
)

Command = tuple[str | int, ...]
LANE = lane_keys("probe", own_outbox=True)
ENQUEUE_KEYS = (*lane_keys("probe"), *READY_KEYS)
"""The keys with which one server adds jobs to a lane and announces them."""

LANES: tuple[Command, ...] = (
    ("HGET", LANE.jobs, "1"),
    ("HMGET", LANE.jobs, "1"),
    ("HSET", LANE.jobs, "1", "2"),
    ("HSETNX", LANE.jobs, "1", "2"),
    ("HDEL", LANE.jobs, "1"),
    ("HLEN", LANE.jobs),
    ("HEXISTS", LANE.jobs, "1"),
    ("HGETALL", LANE.control),
    ("HSCAN", LANE.jobs, 0),
    ("HINCRBY", LANE.counters, "1", 1),
    ("LLEN", LANE.waiting),
    ("LPOP", LANE.waiting, 1),
    ("LPUSH", LANE.waiting, "1"),
    ("RPUSH", LANE.waiting, "1"),
    ("ZADD", LANE.delayed, 1, "1"),
    ("ZREM", LANE.delayed, "1"),
    ("ZCARD", LANE.delayed),
    ("ZSCORE", LANE.delayed, "1"),
    ("ZMSCORE", LANE.delayed, "1"),
    ("ZRANGE", LANE.delayed, 0, 0),
    ("ZRANGEBYSCORE", LANE.delayed, 0, 1),
    ("SADD", LANE.overtaking, "1"),
    ("SCARD", LANE.overtaking),
    ("SREM", LANE.overtaking, "1"),
    ("XLEN", LANE.outbox),
    ("EXPIRE", LANE.accepted, 1),
    ("DEL", LANE.inflight),
    ("TIME",),
)
"""Both processes run the lane scripts."""
READY_SET: tuple[Command, ...] = (
    ("ZADD", READY, 1, "1"),
    ("ZREM", READY, "1"),
    ("ZSCORE", READY, "1"),
    ("ZMSCORE", READY, "1"),
    ("ZCOUNT", READY, 0, 1),
    ("ZRANGE", READY, 0, 0),
    ("HEXISTS", HOLDERS, "1"),
    ("HGET", HOLDERS, "1"),
    ("HSET", HOLDERS, "1", "2"),
    ("PUBLISH", WAKE_CHANNEL, ""),
    ("PUBLISH", CONTROL_CHANNEL, ""),
)
SHARED: tuple[Command, ...] = (
    ("EVALSHA", "0" * 40, 1, LANE.jobs),
    ("EVAL", "return 1", 1, LANE.jobs),
    # An ACL selector applies to all keys of a call, so checking each key alone proves nothing.
    ("EVALSHA", "0" * 40, len(ENQUEUE_KEYS), *ENQUEUE_KEYS),
    ("INFO",),
    ("GET", EPOCH),
    ("SET", EPOCH, "1", "NX"),
    ("GET", SCHEMA),
    ("SET", SCHEMA, "1", "NX"),
    ("SET", WRITABLE, ""),
    ("GET", WRITABLE),
    ("HGETALL", SHOPS),
    ("HMGET", SHOPS, "1"),
    ("HINCRBY", ENQUEUED, "1", 1),
    ("HSET", CANARY, "ran", 1),
)
WORKER_COMMANDS: tuple[Command, ...] = (
    *SHARED,
    *LANES,
    *READY_SET,
    ("EXISTS", cancelled_key("probe", "")),
    ("ZREMRANGEBYSCORE", READY, 0, 1),
    ("HDEL", HOLDERS, "1"),
    ("HLEN", HOLDERS),
    ("XADD", OUTCOMES, "*", "outcome", "1"),
    ("XADD", LANE.outbox, "*", "outcome", "1"),
    ("XRANGE", LANE.outbox, "-", "+"),
    ("XTRIM", LANE.outbox, "MAXLEN", 1),
    ("XTRIM", OUTCOMES, "MAXLEN", 1),
    ("XLEN", OUTCOMES),
    ("MEMORY", "USAGE", OUTCOMES),
)
GATEWAY_COMMANDS: tuple[Command, ...] = (
    *SHARED,
    *LANES,
    *READY_SET,
    ("HGETALL", HOLDERS),
    ("HLEN", HOLDERS),
    ("HMGET", CANARY, "sent", "ran"),
    ("XREADGROUP", "GROUP", GROUP, "1", "STREAMS", INTAKE, ">"),
    ("XAUTOCLAIM", INTAKE, GROUP, "1", 1, "0"),
    ("XACK", INTAKE, GROUP, "1-1"),
    ("XDEL", INTAKE, "1-1"),
    ("XGROUP", "CREATE", INTAKE, GROUP, "0", "MKSTREAM"),
    ("XGROUP", "DELCONSUMER", INTAKE, GROUP, "1"),
    ("XINFO", "GROUPS", INTAKE),
    ("XINFO", "CONSUMERS", INTAKE, GROUP),
    ("XADD", INTAKE_REJECTED, "*", "error", "1"),
    ("XLEN", INTAKE_REJECTED),
    ("XTRIM", INTAKE_REJECTED, "MAXLEN", 1),
    ("MEMORY", "USAGE", INTAKE_REJECTED),
    ("MEMORY", "USAGE", INTAKE),
    ("MEMORY", "USAGE", OUTCOMES),
    ("MEMORY", "USAGE", LANE.jobs),
    ("XREVRANGE", OUTCOMES, "+", "-"),
)
