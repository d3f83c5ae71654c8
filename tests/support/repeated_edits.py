"""The conservation check where work was done again: the platform had it, and who did it did not live to say so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson

from demo.local_fleet import LocalFleet
from shop_queue.keys import OUTCOMES
from tests.support.conservation import ends, skipped_as_deleted, uncommitted_edits


@dataclass(frozen=True, slots=True)
class Redone:
    edited_twice: int
    """Products, by the platform's books."""
    found_moved: int
    """Products whose first edit was never reported, and which the next run found on v2."""
    told_twice: int
    """Products with two ends."""

    def figures(self) -> dict[str, int]:
        return {
            "edited_twice": self.edited_twice,
            "found_already_moved": self.found_moved,
            "told_twice": self.told_twice,
        }


async def assert_redone(
    fleet: LocalFleet, in_flight: int, lost_edits: int = 0, *, outcomes_apart: bool = False
) -> Redone:
    """`in_flight`: jobs that ran where the fault struck, of all its strikes together; `lost_edits`: edits that Redis
    had acknowledged and lost, 0 where it forgets nothing; `outcomes_apart`: the outcomes are on another server than
    the lane, so that one may forget what the other has kept.

    An edit that was made and not committed is either made again, or found made, since a webhook has named the leaf by
    then: both together are no more than such edits, and these no more than were in flight or forgotten. Outcome and
    removal are one transaction, which a server keeps or forgets as one, so a product whose end is written has no job
    that could end again. Only where they are apart may a product have two ends, and then one is as the other, or
    `already_v2`.
    """
    books: dict[str, Any] = (await fleet.books())["total"]
    told = await ends(fleet)
    several = {product: dict(counts) for product, counts in told.items() if counts.total() != 1}
    for product, counts in several.items():
        first = next(iter(counts.keys() - {"already_v2"}), "already_v2")
        again = {first: 2} if len(counts) == 1 else {first: 1, "already_v2": 1}
        assert counts == again, (product, counts)
    last = Counter(_end(counts) for counts in told.values())
    # Of two edits the first may have passed its audit and the second, to be sure, not: moved, and told as rejected.
    deleted = await skipped_as_deleted(fleet)
    kept_back = last["needs_input"] + last["rejected"] - books["moved_then_rejected"] + deleted
    assert (last["failed"], books["damaged"], books["in_audit"]) == (0, 0, 0), (last, await _failures(fleet))
    # Some that were on v2 from the start end so too, where they were fed.
    never_fed = books["products"] - books["born_on_v2"] - len(told) - deleted
    assert kept_back - books["born_on_v2"] <= books["still_on_v1"] <= kept_back + max(0, never_fed), (books, last)
    moved = last["relisted"] + last["already_v2"] + books["moved_then_rejected"]
    assert books["moved"] <= moved <= books["moved"] + books["born_on_v2"], (books, last)
    redone = Redone(
        books["edited_more_than_once"],
        max(0, books["moved"] - books["moved_then_rejected"] - last["relisted"]),
        len(several),
    )
    uncommitted = await uncommitted_edits(fleet, books)
    assert redone.edited_twice + redone.found_moved <= uncommitted, (redone, uncommitted)
    assert uncommitted <= in_flight + lost_edits, (uncommitted, in_flight, lost_edits)
    assert redone.told_twice <= (lost_edits if outcomes_apart else 0), (redone, several)
    return redone


def _end(counts: Counter[str]) -> str:
    return next(iter(counts.keys() - {"already_v2"}), "already_v2")


async def _failures(fleet: LocalFleet) -> list[str]:
    """Why products failed, for whoever reads that the check did."""
    outcomes = [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]
    return [f"{each['product_id']}: {each['reasons']}" for each in outcomes if each["outcome"] == "failed"]
