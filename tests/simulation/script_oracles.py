"""Promises of every script call, checked right after it: fences, leases, claims and the parts of the app's ceiling.

An engine survives many mistakes of a script, because its other checks make up for them. These oracles see them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redis_client.scripts import load_script
from shop_queue.keys import APP_RATES, HOLDERS, lane_keys

if TYPE_CHECKING:
    from tests.simulation.worlds import World

NAMES = ("claim", "commit", "start", "open", "take", "renew", "release")


class ScriptOracles:
    def __init__(self, world: World) -> None:
        self._world = world
        self._names = {load_script("shop_queue", name).text.encode(): name for name in NAMES}
        self._leased_until: dict[str, float] = {}
        """Shop -> server time in ms until which its lease was given."""
        self._holders: dict[str, bytes] = {}
        """Shop -> `worker|fence` of the lease that was given last and not given back."""
        self._claimed: dict[str, dict[bytes, bytes]] = {}
        """Shop -> job in flight -> fence of its claim."""

    def forget(self) -> None:
        """Redis has lost writes."""
        self._leased_until.clear()
        self._holders.clear()
        self._claimed.clear()

    def check(self, script: bytes, keys: Sequence[bytes], args: Sequence[bytes], reply: Any) -> None:
        """A hook of the server."""
        name = self._names.get(script)
        if name is None or isinstance(reply, Exception):
            return
        if name == "take":
            self._taken(args, reply)
        elif name == "renew":
            self._renewed(args, reply)
        elif name == "release":
            self._released(args)
        elif reply[0] == b"OK":
            shop = keys[0].decode().partition("{")[2].partition("}")[0]
            self._fenced(name, shop, args[0])
            getattr(self, f"_{name}")(shop, args, reply)

    def _report(self, problem: str) -> None:
        self._world.problems.append(problem)
        self._world.story.note(problem)

    def _fenced(self, name: str, shop: str, fence: bytes) -> None:
        stored = self._world.run("HGET", lane_keys(shop).control, "fence")
        if stored != fence:
            self._report(f"fencing: {name} of shop {shop} was accepted with fence {fence!r}, the lane has {stored!r}")

    def _open(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        if set(self._claimed.get(shop, {}).values()) - {args[0]}:
            self._claimed.pop(shop, None)

    def _claim(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        claimed = self._claimed.setdefault(shop, {})
        for job in reply[6::3]:
            if claimed.get(job) == args[0]:
                self._report(f"claimed twice: job {job.decode()} of shop {shop} is in flight already")
            claimed[job] = args[0]

    def _start(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        """Only the fence matters."""

    def _commit(self, shop: str, args: Sequence[bytes], reply: Any) -> None:
        in_flight = set(self._world.run("ZRANGE", lane_keys(shop).inflight, 0, -1))
        claimed = self._claimed.setdefault(shop, {})
        for job in [job for job in claimed if job not in in_flight]:
            del claimed[job]
        if reply[4] != len(in_flight):
            self._report(f"commit: it reports {reply[4]} jobs of shop {shop} in flight, {len(in_flight)} are")

    def _taken(self, args: Sequence[bytes], reply: Any) -> None:
        now = reply[0]
        for shop, waited in zip(reply[5::3], reply[7::3], strict=True):
            name = shop.decode()
            until = self._leased_until.get(name, 0.0)
            if until > now:
                self._report(f"fencing: shop {name} was leased {(until - now) / 1000:.2f} s before its lease ended")
            if waited < 0:
                self._report(f"lease: shop {name} was leased {-waited} ms before it was due")
            self._leased_until[name] = now + float(args[1])
            self._holders[name] = self._world.run("HGET", HOLDERS, shop)
        if self._world.plan.size.app_rate:
            granted = sum(int(part) for part in self._world.run("HVALS", APP_RATES))
            if granted > self._world.plan.size.app_rate * 1000:
                self._report(f"allowance: {granted / 1000:g} calls per second are granted in all")

    def _renewed(self, args: Sequence[bytes], reply: Any) -> None:
        for shop, fence in zip(args[2::2], args[3::2], strict=True):
            is_held = self._world.run("HGET", HOLDERS, shop) == args[0] + b"|" + fence
            if is_held == (shop in reply):
                told = "lost" if is_held else "renewed"
                self._report(f"fencing: a lease of shop {shop.decode()} was reported as {told}, which is wrong")
            if is_held:
                # Scripts count whole milliseconds.
                now = math.floor(self._world.server_milliseconds())
                self._leased_until[shop.decode()] = now + float(args[1])
                score = float(self._world.run("ZSCORE", "relist:shops:ready", shop) or 0)
                if score < now:
                    self._report(f"lease: shop {shop.decode()} is due although its lease was renewed")

    def _released(self, args: Sequence[bytes]) -> None:
        for shop, fence in zip(args[1::3], args[2::3], strict=True):
            holder, given = self._world.run("HGET", HOLDERS, shop), args[0] + b"|" + fence
            if holder is None:
                if self._holders.pop(shop.decode(), given) != given:
                    self._report(f"fencing: {args[0].decode()} has given back a lease of another worker")
                self._leased_until.pop(shop.decode(), None)
            elif holder == given:
                self._report(f"lease: shop {shop.decode()} still has its holder after its release")
