"""Sends the canary: a job without work, which measures queue latency even when no shop has work.

The canary has a separate lane and waits for a worker like any shop.
"""

from __future__ import annotations

from model.job import Job
from redis_client.connect import AnyRedis
from redis_client.server_time import server_milliseconds
from shop_queue.canary_times import note_canary_sent, read_canary
from shop_queue.producer import EnqueueRequest, LaneProducer

LANE = "heartbeat"
"""The lane's name, in place of a shop ID. Shop IDs are digits, so it cannot collide."""
INTERVAL_MS = 30_000


async def send_canary(redis: AnyRedis) -> float | None:
    """Send the next canary once the interval has passed and the previous canary has run.

    Returns the latency of the last canary in seconds, or the age of one that has not run yet; None before the first
    one has run. Raises RedisError.
    """
    now = await server_milliseconds(redis)
    times = await read_canary(redis)
    sent, ran = times.sent, times.ran
    pending = ran < sent
    if not pending and now - sent >= INTERVAL_MS:
        await note_canary_sent(redis, now)
    if pending or now - sent >= INTERVAL_MS:
        # Sending it again merges into a pending one and replaces a lost one.
        await LaneProducer(redis).enqueue([EnqueueRequest(Job(LANE, "canary", "canary"))], use_reserve=True)
    if pending:
        return (now - sent) / 1000
    return (ran - sent) / 1000 if sent else None
