"""The conservation check for runs with repeated work: edits that were made by processes that died before the commit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson

from demo.local_fleet import LocalFleet
from shop_queue.keys import OUTCOMES
from tests.support.conservation import ends, skipped_as_deleted, uncommitted_edits, waiting_products


@dataclass(frozen=True, slots=True)
class Redone:
    edited_twice: int
    """Products, from the simulator's ledger."""
    found_moved: int
    """Products whose first edit was never reported, and which the next run found on v2."""
    reported_twice: int
    """Products with two final outcomes."""

    def figures(self) -> dict[str, int]:
        return {
            "edited_twice": self.edited_twice,
            "found_already_moved": self.found_moved,
            "reported_twice": self.reported_twice,
        }


async def assert_redone(
    fleet: LocalFleet, in_flight: int, lost_edits: int = 0, *, outcomes_apart: bool = False
) -> Redone:
    """`in_flight`: jobs that ran in the processes hit by the faults, in total. `lost_edits`: edits that Redis
    acknowledged and then lost. `outcomes_apart`: outcomes and lanes are on different servers, so one may lose data that
    the other has kept.

    An edit that was made but not committed is either repeated or found (a webhook has named the leaf by then). Both
    together are at most the number of such edits, which is at most the number in flight or lost. The outcome and the
    removal of the job are one transaction, which a server keeps or loses as a whole, so a product with an outcome has
    no job left. Only with `outcomes_apart` may a product have two outcomes: twice the same, or one and `already_v2`.
    """
    books: dict[str, Any] = (await fleet.books())["total"]
    outcomes = await ends(fleet)
    several = {product: dict(counts) for product, counts in outcomes.items() if counts.total() != 1}
    for product, counts in several.items():
        first = next(iter(counts.keys() - {"already_v2"}), "already_v2")
        again = {first: 2} if len(counts) == 1 else {first: 1, "already_v2": 1}
        assert counts == again, (product, counts)
    last = Counter(_end(counts) for counts in outcomes.values())
    # If a product was edited twice, the first audit may have passed and the second failed: moved, but `rejected`.
    deleted = await skipped_as_deleted(fleet)
    kept_back = last["needs_input"] + last["rejected"] - books["moved_then_rejected"] + deleted
    assert (last["failed"], books["damaged"], books["in_audit"]) == (0, 0, 0), (last, await _failures(fleet))
    # Fed products that were on v2 from the start are also reported as `already_v2`.
    kept_back += (waiting := len(await waiting_products(fleet) - outcomes.keys()))
    never_fed = books["products"] - books["born_on_v2"] - len(outcomes) - deleted - waiting
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
    assert redone.reported_twice <= (lost_edits if outcomes_apart else 0), (redone, several)
    return redone


def _end(counts: Counter[str]) -> str:
    return next(iter(counts.keys() - {"already_v2"}), "already_v2")


async def _failures(fleet: LocalFleet) -> list[str]:
    """The reasons of failed products, for the assertion message."""
    outcomes = [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]
    return [f"{each['product_id']}: {each['reasons']}" for each in outcomes if each["outcome"] == "failed"]
