"""The conservation check where work was done again: the platform had it, and who did it did not live to say so."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from console.local_fleet import LocalFleet
from shop_queue.keys import OUTCOMES
from tests.faults.conservation import ends


async def assert_redone(fleet: LocalFleet) -> tuple[dict[str, Any], int, int]:
    """What is done again ends as it did before, or as `already_v2` when it had been moved: in the place of its first
    end when that was never written, beside it when it was.

    The platform's books, how many were found moved, and how many products have two ends.
    """
    books: dict[str, Any] = (await fleet.books())["total"]
    told = await ends(fleet)
    several = {product: dict(counts) for product, counts in told.items() if counts.total() != 1}
    for product, counts in several.items():
        first = next(iter(counts.keys() - {"already_v2"}), "already_v2")
        again = {first: 2} if len(counts) == 1 else {first: 1, "already_v2": 1}
        assert counts == again, (product, counts)
    last = Counter(_end(counts) for counts in told.values())
    kept_back = last["needs_input"] + last["rejected"]
    assert (last["failed"], books["damaged"], books["in_audit"]) == (0, 0, 0), (last, await _failures(fleet))
    # Some that were on v2 from the start end so too, where they were fed.
    never_fed = books["products"] - books["born_on_v2"] - len(told)
    assert kept_back - books["born_on_v2"] <= books["still_on_v1"] <= kept_back + max(0, never_fed), (books, last)
    moved = last["relisted"] + last["already_v2"]
    assert books["moved"] <= moved <= books["moved"] + books["born_on_v2"], (books, last)
    return books, max(0, books["moved"] - last["relisted"]), len(several)


def _end(counts: Counter[str]) -> str:
    return next(iter(counts.keys() - {"already_v2"}), "already_v2")


async def _failures(fleet: LocalFleet) -> list[str]:
    """Why products failed, for whoever reads that the check did."""
    outcomes = [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]
    return [f"{each['product_id']}: {each['reasons']}" for each in outcomes if each["outcome"] == "failed"]
