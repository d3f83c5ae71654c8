"""Restores the ends of products in a lane after Redis was emptied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from redis_client.connect import AnyRedis
from redis_client.scripts import ScriptCall, load_script, run
from shop_queue.keys import lane_keys

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RestoredEnd:
    product_id: str
    outcome: str
    """The outcome the product ended with."""
    record: dict[str, object] | None = None
    """Kept with a blocked product; None = the product is not blocked."""


async def restore_ends(redis: AnyRedis, shop_id: str, ends: Sequence[RestoredEnd]) -> int:
    """Returns how many products had no state. Repeating is safe. Raises one of REDIS_UNAVAILABLE."""
    script, restored = load_script("shop_queue", "restore"), 0
    for first in range(0, len(ends), AT_ONCE):
        arguments: list[str | bytes | int] = []
        for each in ends[first : first + AT_ONCE]:
            kept = orjson.dumps(each.record) if each.record is not None else b""
            arguments += [each.product_id, each.outcome, kept]
        restored += int(await run(redis, ScriptCall(script, lane_keys(shop_id), arguments)))
    return restored
