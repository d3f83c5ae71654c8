"""The jobs fed, as Redis received them: each reception is a feed, and each feed has at most one final outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from redis_client.scripts import load_script
from shop_queue.keys import INTAKE

Product = tuple[str, str]
"""Shop and product."""
_ENQUEUE = load_script("shop_queue", "enqueue").text.encode()
FIRST_JOB, PARTS, FLAGS = 2, 6, 4
UPDATE_ONLY = b"u"
"""Flag of a webhook's job, which feeds nothing."""


@dataclass(slots=True)
class FedJobs:
    through_intake: bool
    received: list[tuple[float, Product]] = field(default_factory=list)
    forgotten: list[Product] = field(default_factory=list)
    """Entries of the intake stream that Redis lost. A gateway that had read one before enqueues it all the same."""

    def count(self, now: float, script: bytes, keys: Sequence[bytes], args: Sequence[bytes], reply: Any) -> None:
        """A hook of the server, for feeds by the producer."""
        if self.through_intake or script != _ENQUEUE or isinstance(reply, Exception):
            return
        shop = keys[0].decode().partition("{")[2].partition("}")[0]
        for first in range(FIRST_JOB, len(args), PARTS):
            if UPDATE_ONLY not in args[first + FLAGS]:
                self.received.append((now, (shop, args[first].decode())))

    def count_entry(self, now: float, command: Sequence[bytes], reply: Any) -> None:
        """A hook of the server, for feeds through the intake stream."""
        if command[0].upper() == b"XADD" and command[1] == INTAKE.encode() and not isinstance(reply, Exception):
            for job in orjson.loads(command[-1]):
                self.received.append((now, (job["shop_id"], job["product_id"])))

    def forget_after(self, at: float) -> None:
        """Redis has lost everything it received after this time."""
        if self.through_intake:
            self.forgotten += [product for received_at, product in self.received if received_at > at]
        self.received = [each for each in self.received if each[0] <= at]

    def counts(self) -> Counter[Product]:
        return Counter(product for _, product in self.received)

    def most(self) -> Counter[Product]:
        """The number of times each product may have been enqueued."""
        return self.counts() + Counter(self.forgotten)
