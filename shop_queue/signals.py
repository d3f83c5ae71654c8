"""The channels on which producers announce work and operators' commands, so that workers react immediately."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError

from redis_client.connect import AnyRedis, one_server
from redis_client.packed_connection import Packed
from shop_queue.keys import CONTROL_CHANNEL, READY, WAKE_CHANNEL

PROBE_SECONDS = 1.5
"""Seconds of silence after which the connection is probed, and after which a probe without a reply has failed."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Signals are received from now on; earlier ones may have been missed."""


@dataclass(frozen=True, slots=True)
class WorkAnnounced:
    """A shop became due."""


@dataclass(frozen=True, slots=True)
class ShopCommanded:
    """An operator or the platform changed a shop's state or limit."""

    shop_id: str


Signal = Subscribed | WorkAnnounced | ShopCommanded


async def signals(redis: AnyRedis, probe_seconds: float = PROBE_SECONDS) -> AsyncIterator[Signal]:
    """Yields signals until the connection fails, falls silent or leads to a server that other connections have left.

    Raises one of REDIS_UNAVAILABLE; subscribe again after it.
    """
    # Any server of a cluster would do; a worker's ACL permits this key.
    async with await one_server(redis, READY) as server, server.pubsub() as channel:
        await channel.subscribe(WAKE_CHANNEL, CONTROL_CHANNEL)
        probed = True
        while True:
            message = await channel.get_message(timeout=probe_seconds)
            if (message is None and probed) or is_outdated(channel):
                # The pool's idle connections may be silent too; the next subscription must not use one.
                await server.connection_pool.disconnect(inuse_connections=False)
                raise RedisConnectionError("the subscription is silent, or the primary has moved")
            if message is None:
                # Silence, or a connection closed by TCP, which redis-py reports in the same way. The ping distinguishes
                # them.
                await channel.ping()
                probed = True
                continue
            probed = False
            if message["type"] == "subscribe":
                yield Subscribed()
            elif message["type"] == "pong":
                continue
            elif message["channel"] == WAKE_CHANNEL.encode():
                yield WorkAnnounced()
            else:
                # Anyone with access to Redis may publish; no message may crash a worker.
                yield ShopCommanded(message["data"].decode(errors="replace"))


def is_outdated(channel: PubSub) -> bool:
    connection = channel.connection
    return isinstance(connection, Packed) and connection.is_outdated
