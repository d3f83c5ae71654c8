"""Promises of every script call, checked right after it.

The engine survives many mistakes of a script, because its other checks compensate for them. These oracles detect them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redis_client.scripts import load_script
from tests.simulation.lane_oracles import LaneOracles
from tests.simulation.lease_oracles import LeaseOracles

if TYPE_CHECKING:
    from tests.simulation.worlds import World

OF_LEASES = ("take", "renew", "release", "wake")
OF_LANES = ("claim", "commit", "start", "open", "state", "enqueue", "merge")
WITHOUT_FENCE = frozenset({"enqueue", "merge"})


class ScriptOracles:
    def __init__(self, world: World) -> None:
        self._world = world
        self._names = {load_script("shop_queue", name).text.encode(): name for name in (*OF_LEASES, *OF_LANES)}
        self._leases, self._lanes = LeaseOracles(world), LaneOracles(world)

    def forget(self) -> None:
        """Redis has lost writes."""
        self._leases.forget()
        self._lanes.forget()

    def check(self, script: bytes, keys: Sequence[bytes], args: Sequence[bytes], reply: Any) -> None:
        """A hook of the server."""
        self._check(script, keys, args, reply)
        self._leases.announcements = self._world.announcements

    def _check(self, script: bytes, keys: Sequence[bytes], args: Sequence[bytes], reply: Any) -> None:
        name = self._names.get(script)
        if name is None or isinstance(reply, Exception):
            return
        if name in OF_LEASES:
            getattr(self._leases, name)(args, reply)
            return
        shop = keys[0].decode().partition("{")[2].partition("}")[0]
        if name in WITHOUT_FENCE:
            getattr(self._lanes, name)(shop, args, reply)
            if name == "enqueue" and len(keys) > len(self._lanes.keys(shop)):
                self._leases.announced(shop, reply[4])
        elif reply[0] in (b"OK", b"KEPT"):
            self._lanes.fenced(name, shop, args[3] if name == "state" else args[0])
            getattr(self._lanes, name)(shop, args, reply)
