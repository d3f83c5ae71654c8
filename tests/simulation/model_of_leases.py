"""The right effects of take, renew and release, written a second time, in Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from tests.simulation.model_of_products import Hash


@dataclass(slots=True)
class ReadySet:
    """The values of the keys of the ready set, in the order in which scripts receive them."""

    ready: dict[bytes, float]
    holders: Hash
    fence: bytes
    workers: dict[bytes, float]
    wakes: Hash
    app_rates: Hash
    clock: Hash


KEYS = tuple(each.name for each in fields(ReadySet))


@dataclass(slots=True)
class ModelOfLeases:
    """Each method changes a copy of the ready set, and returns the right reply."""

    keys: ReadySet
    now: int
    announces: bool = False
    """Whether the call tells all workers that a shop is due."""

    def take(self, args: Sequence[bytes]) -> list[Any]:
        keys, now, worker = self.keys, self.now, args[0]
        lease, most, held, silence, ceiling = (int(float(each)) for each in args[1:6])
        keys.workers[worker] = float(now)
        keys.workers = {name: at for name, at in keys.workers.items() if at >= now - silence}
        due = sorted((at, shop) for shop, at in keys.ready.items() if at <= now)
        share = math.ceil((len(due) + len(keys.holders)) / len(keys.workers))
        taken = due[: max(0, min(most, share - held))]
        last = max(int(keys.fence or b"0"), now * 1000)
        leases: list[Any] = []
        for fence, (since, shop) in enumerate(taken, last + 1):
            keys.ready[shop] = float(now + lease)
            keys.holders[shop] = b"%s|%d" % (worker, fence)
            keys.fence = b"%d" % fence
            leases += [shop, b"%d" % fence, int(now - since)]
        granted = self._granted(worker, ceiling, held + len(taken)) if ceiling > 0 else 0
        left = len(due) - len(taken)
        later = [at for at in keys.ready.values() if at > now]
        next_shop = 0 if left else int(min(later) - now) if later else -1
        return [now, share, left, next_shop, granted, *leases]

    def _granted(self, worker: bytes, ceiling: int, held: int) -> int:
        """A worker's part of the ceiling: by its shops, and no more than the other living workers leave."""
        keys = self.keys
        keys.app_rates = {name: part for name, part in keys.app_rates.items() if name in keys.workers}
        others = sum(int(part) for name, part in keys.app_rates.items() if name != worker)
        part = ceiling * held // max(len(keys.holders), 1)
        granted = max(0, min(ceiling - others, part))
        keys.app_rates[worker] = b"%d" % granted
        return granted

    def renew(self, args: Sequence[bytes]) -> list[Any]:
        keys, worker = self.keys, args[0]
        keys.workers[worker] = float(self.now)
        lost = []
        for shop, fence in zip(args[2::2], args[3::2], strict=True):
            if keys.holders.get(shop) == worker + b"|" + fence:
                keys.ready[shop] = float(round(self.now + float(args[1])))
            else:
                lost.append(shop)
        return lost

    def release(self, args: Sequence[bytes]) -> int:
        keys, released = self.keys, 0
        for shop, fence, delay in zip(args[1::3], args[2::3], args[3::3], strict=True):
            if keys.holders.get(shop) != args[0] + b"|" + fence:
                continue
            released += 1
            del keys.holders[shop]
            times = [self.now + float(delay)] if float(delay) >= 0 else []
            if (wake := keys.wakes.pop(shop, None)) is not None:
                times.append(float(wake))
            if times:
                keys.ready[shop] = float(round(min(times)))
                self.announces = self.announces or min(times) <= self.now
            else:
                keys.ready.pop(shop, None)
        return released
