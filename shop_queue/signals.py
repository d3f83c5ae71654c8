"""The channels on which producers announce work and operators' commands, so that workers react at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from redis_client.connect import AnyRedis, one_server
from shop_queue.keys import CONTROL_CHANNEL, READY, WAKE_CHANNEL

PROBE_SECONDS = 60.0
"""Silence after which the connection is probed."""


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
    """Yields signals until the connection fails. Raises one of REDIS_UNAVAILABLE; subscribe again after it."""
    # Any server of a cluster would do; a worker's ACL allows it to ask for this key.
    async with await one_server(redis, READY) as server, server.pubsub() as channel:
        await channel.subscribe(WAKE_CHANNEL, CONTROL_CHANNEL)
        while True:
            message = await channel.get_message(timeout=probe_seconds)
            if message is None:
                # Silence, or a connection that TCP gave up, which redis-py reports the same way. The ping finds out.
                await channel.ping()
            elif message["type"] == "subscribe":
                yield Subscribed()
            elif message["type"] == "pong":
                continue
            elif message["channel"] == WAKE_CHANNEL.encode():
                yield WorkAnnounced()
            else:
                yield ShopCommanded(message["data"].decode())
