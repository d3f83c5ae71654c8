"""A job that does nothing, sent through lane, lease and slot: it tells whether the queue works when no shop has work.

It has a lane of its own, as if it were one more shop, and waits for a worker as long as a shop would.
"""

from __future__ import annotations

from model.job import Job
from redis_client.connect import AnyRedis
from redis_client.server_time import server_milliseconds
from shop_queue.canary_times import note_canary_sent, read_canary
from shop_queue.producer import EnqueueRequest, LaneProducer

LANE = "heartbeat"
"""In the place of a shop's id; no shop has such a one."""
EVERY_MS = 30_000


async def send_canary(redis: AnyRedis) -> float | None:
    """Sends the next one when its time has come and the last one has run.

    Returns the seconds from sending to running: of the last one, or so far of the one on its way; None before the first
    has run. Raises RedisError.
    """
    now = await server_milliseconds(redis)
    times = await read_canary(redis)
    sent, ran = times.sent, times.ran
    on_its_way = ran < sent
    if not on_its_way and now - sent >= EVERY_MS:
        await note_canary_sent(redis, now)
    if on_its_way or now - sent >= EVERY_MS:
        # Once more while it is on its way: it merges into the one that waits, and makes up for one that was lost.
        await LaneProducer(redis).enqueue([EnqueueRequest(Job(LANE, "canary", "canary"))], use_reserve=True)
    if on_its_way:
        return (now - sent) / 1000
    return (ran - sent) / 1000 if sent else None
