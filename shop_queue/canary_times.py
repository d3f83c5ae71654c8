"""Stores when the last canary job was sent and when one last ran, in one Redis hash, in server time."""

from __future__ import annotations

from dataclasses import dataclass

from redis_client.connect import AnyRedis
from redis_client.server_time import server_milliseconds
from shop_queue.keys import CANARY


@dataclass(frozen=True, slots=True)
class CanaryTimes:
    """Unix milliseconds; 0 = never."""

    sent: int
    ran: int


async def read_canary(redis: AnyRedis) -> CanaryTimes:
    sent, ran = await redis.execute_command("HMGET", CANARY, "sent", "ran")
    return CanaryTimes(int(sent or 0), int(ran or 0))


async def note_canary_sent(redis: AnyRedis, at_ms: int) -> None:
    await redis.execute_command("HSET", CANARY, "sent", at_ms)


async def note_canary_ran(redis: AnyRedis) -> None:
    await redis.execute_command("HSET", CANARY, "ran", await server_milliseconds(redis))
