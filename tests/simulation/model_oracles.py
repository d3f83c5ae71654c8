"""Compares each call of these scripts with a second implementation of them, in Python: its reply, and every key.

The engine and the other oracles may not notice a mistake of a script for a long time; this one notices it at its call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redis_client.scripts import load_script
from tests.simulation import model_of_lanes, model_of_leases
from tests.simulation.model_of_lanes import Lane, ModelOfLane
from tests.simulation.model_of_leases import ModelOfLeases, ReadySet
from tests.simulation.model_of_products import Hash

if TYPE_CHECKING:
    from tests.simulation.worlds import World

OF_LEASES = ("take", "renew", "release")
OF_LANES = ("claim", "start", "commit", "open")
WITHOUT_CLOCK = frozenset({"start"})
CLOCK_RESOLUTION_MS = 100
HASHES = frozenset(
    {"jobs", "control", "counters", "crashes", "changed", "blocked", "accepted", "deferrals", "products", "states",
     "holders", "wakes", "app_rates", "clock"}
)  # fmt: skip
LISTS = frozenset({"urgent", "waiting"})
SHOWN = 3
"""Differences that a problem names."""
SECONDS_PER_DAY = 86_400


class ModelOracles:
    def __init__(self, world: World) -> None:
        self._world = world
        self._names = {load_script("shop_queue", name).text.encode(): name for name in (*OF_LEASES, *OF_LANES)}
        self._right: tuple[Any, Any] | None = None
        """The keys as they should be after the call, and its right reply."""
        self._published = self._announcements = 0

    def before(self, script: bytes, keys: Sequence[bytes], args: Sequence[bytes]) -> None:
        """A hook of the server: what should this call do?"""
        self._right = None
        name = self._names.get(script)
        if name is None:
            return
        seconds, microseconds = (int(part) for part in self._world.run("TIME"))
        server = seconds * 1000 + microseconds // 1000
        values: Any
        if name in OF_LEASES:
            values = ReadySet(**self._values(model_of_leases.KEYS, keys))
            model = ModelOfLeases(values, _time(values.clock, server))
            right = getattr(model, name)(args)
            self._announcements = self._world.server.publications + model.announces
        else:
            values = Lane(**self._values(model_of_lanes.KEYS, keys))
            self._published = self._length(keys[model_of_lanes.KEYS.index("outbox")])
            is_refused = values.control.get(b"fence") != args[0] and name != "open"
            # A refused call writes nothing, and `start` does not need the time.
            control = dict(values.control) if is_refused or name in WITHOUT_CLOCK else values.control
            right = getattr(ModelOfLane(values, _time(control, server), seconds // SECONDS_PER_DAY), name)(args)
        self._right = values, right

    def check(self, script: bytes, keys: Sequence[bytes], args: Sequence[bytes], reply: Any) -> None:
        """A hook of the server: was this done?"""
        if self._right is None or isinstance(reply, Exception):
            return
        name, (values, right) = self._names[script], self._right
        self._right = None
        if right != (comparable := _comparable(name, reply)):
            self._report(f"script: `{name}` has answered {_text(comparable)}, the right answer is {_text(right)}")
        if name in OF_LEASES and (told := self._world.server.publications - self._announcements):
            how = "has told all workers" if told > 0 else "has told no worker"
            self._report(f"script: `{name}` {how} that a shop is due, which is wrong")
        names = model_of_leases.KEYS if name in OF_LEASES else model_of_lanes.KEYS
        now = self._values(names, keys)
        if name in OF_LANES:
            now["outbox"] = self._since(keys[names.index("outbox")])
        for key in names:
            if now[key] != (wanted := getattr(values, key)):
                self._report(f"script: `{name}` has left `{key}`{_of(keys[0])} with {_difference(now[key], wanted)}")

    def _values(self, names: Sequence[str], keys: Sequence[bytes]) -> dict[str, Any]:
        return {name: self._value(name, key) for name, key in zip(names, keys, strict=False)}

    def _value(self, name: str, key: bytes) -> Any:
        value = self._world.server.peek(key.decode())
        if name == "outbox":
            return []
        if name == "fence":
            return value or b""
        if name in LISTS:
            return list(value or ())
        if name == "overtaking":
            return set(value or ())
        return dict(value.items()) if value else {}

    def _length(self, key: bytes) -> int:
        stream = self._world.server.peek(key.decode())
        return stream.entries_added if stream is not None else 0

    def _since(self, key: bytes) -> list[tuple[bytes, bytes | None]]:
        """Outcomes published since the call began."""
        count = self._length(key) - self._published
        if not count:
            return []
        found = self._world.run("XREVRANGE", key, "+", "-", "COUNT", count)
        entries = [dict(zip(flat[::2], flat[1::2], strict=True)) for _, flat in reversed(found)]
        return [(entry[b"outcome"], entry.get(b"position")) for entry in entries]

    def _report(self, problem: str) -> None:
        self._world.report(problem)


def _time(clock: Hash, server: int) -> int:
    """The time of a lane or the ready set, which never goes back (lua/clock.lua)."""
    latest, offset = int(clock.get(b"clock", b"0")), int(clock.get(b"clock_offset", b"0"))
    now = max(latest, server + offset) if server < latest else server
    if now - latest >= CLOCK_RESOLUTION_MS or now - server != offset:
        clock[b"clock"], clock[b"clock_offset"] = b"%d" % now, b"%d" % (now - server)
    return now


def _comparable(name: str, reply: Any) -> Any:
    """Crash counts are numbers or their text; the control hash in the reply of `open` is compared with the key."""
    if name == "claim" and len(reply) > 6:
        return [int(each) if at > 6 and at % 3 == 2 else each for at, each in enumerate(reply)]
    return reply[:3] if name == "open" else reply


def _difference(now: Any, right: Any) -> str:
    if isinstance(now, Mapping):
        wrong = sorted(key for key in now.keys() | right.keys() if now.get(key) != right.get(key))[:SHOWN]
        return "; ".join(f"{key.decode()} = {_text(now.get(key))} instead of {_text(right.get(key))}" for key in wrong)
    return f"{_text(now)} instead of {_text(right)}"


def _text(value: Any) -> str:
    if isinstance(value, list | tuple | set):
        shown = sorted(value) if isinstance(value, set) else list(value)
        return f"[{', '.join(_text(each) for each in shown)}]" if shown else "nothing"
    if value is None:
        return "nothing"
    if isinstance(value, bytes):
        return value.decode(errors="replace")[:80] or "''"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _of(key: bytes) -> str:
    shop = key.decode().partition("{")[2].partition("}")[0]
    return f" of shop {shop}" if shop and ":" not in shop else ""
