"""The rates that a shop's last consumer learned, in the form of the lane's control hash."""

from __future__ import annotations

import math
from typing import Any

import orjson


def read_pace(text: bytes) -> dict[str, Any] | None:
    """Endpoint class -> `{"rate": requests per second, "known": bool}`; None if nothing was learned yet.

    Raises ValueError for anything that a worker does not write.
    """
    if not text:
        return None
    learned = orjson.loads(text)
    if not isinstance(learned, dict):
        raise ValueError("pace: not an object")
    for access, each in learned.items():
        rate = each.get("rate") if isinstance(each, dict) else None
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not math.isfinite(rate) or rate <= 0:
            raise ValueError(f"pace: the rate of {access!r} is not a number above 0")
        if not isinstance(each.get("known"), bool):
            raise ValueError(f"pace: `known` of {access!r} is not true or false")
    return learned
