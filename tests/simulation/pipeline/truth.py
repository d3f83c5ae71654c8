"""The events at the platform as they really happened, for the oracles: edits, reviews, ends of audits, creations."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.api_error import ApiError
from simulator.server import Server
from simulator.shop import SimulatedShop
from simulator.webhooks import AUDIT_CHANGE
from tests.simulation.processes import Process

Product = tuple[str, str]
"""Shop and product."""
ENDS = ("APPROVED", "FAILED")


@dataclass(frozen=True, slots=True)
class EditCall:
    """An edit that the platform accepted."""

    at: float
    process: Process
    epoch: int
    read_at: float
    """When the process last read the product before."""
    body: Mapping[str, Any]
    reviewed_since: float | None = None
    """Since when a version of the product had been under review; None if none was."""
    recorded: int = 0
    """Entries of the product that the record had when the edit arrived."""
    is_answered: bool = True


@dataclass(slots=True)
class Truth:
    edits: dict[Product, list[EditCall]] = field(default_factory=lambda: defaultdict(list))
    audit_ends: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    """Product -> time and status of each end of an audit."""
    submitted: dict[str, float] = field(default_factory=dict)
    """Product -> time at which a version of it was last submitted."""
    created: dict[Product, list[str]] = field(default_factory=lambda: defaultdict(list))
    """(shop, external id) -> the listings that were created with it."""
    refused_for_quota: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def watch(self, server: Server, note: Callable[[str], None]) -> None:
        """Notes the end of every audit, whatever becomes of its webhook."""
        send = server.webhooks.send

        async def noted(kind: int, shop: SimulatedShop, data: dict[str, Any]) -> None:
            status = data["audit"]["status"] if kind == AUDIT_CHANGE else ""
            if status in ENDS:
                product = str(data["product_id"])
                self.audit_ends[product].append((asyncio.get_running_loop().time(), status))
                note(f"an audit of product {product[-8:]} {'passes' if status == 'APPROVED' else 'fails'}")
            await send(kind, shop, data)

        server.webhooks.send = noted  # type: ignore[method-assign]

    def answer_is_lost(self, shop: str, product: str) -> None:
        """The platform's answer to the last edit of the product does not arrive."""
        if calls := self.edits[shop, product]:
            calls[-1] = replace(calls[-1], is_answered=False)

    def hides_its_end(self, product: str, call: EditCall, later: float) -> bool:
        """Whether the end of this edit cannot be seen at this time: its answer was lost and its audit failed, and the
        product showed a failed audit before, or shows the end of another audit since.
        """
        before = [which for when, which in self.audit_ends[product] if when < call.at]
        since = [which for when, which in self.audit_ends[product] if call.at <= when < later]
        return not call.is_answered and since[:1] == ["FAILED"] and (before[-1:] == ["FAILED"] or len(since) > 1)

    def reviewed_since(self, server: Server, shop: SimulatedShop, product: str) -> float | None:
        """Since when a version is under review; None if none is."""
        world = server.world
        try:
            index = world.index_of(shop, product)
        except ApiError:
            return None
        listing = shop.touched.get(index)
        is_pending = listing.pending is not None if listing else world.status(shop, index)[1] == "AUDITING"
        return self.submitted.get(product, -1.0) if is_pending else None

    def end_after(self, product: str, at: float, status: str = "") -> float | None:
        """The time of the first end of an audit after this moment, with this status if one is given."""
        ends = (when for when, which in self.audit_ends[product] if when >= at and status in ("", which))
        return next(ends, None)
