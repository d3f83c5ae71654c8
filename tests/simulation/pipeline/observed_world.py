"""Looks into a world of the pipeline, for its oracles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

from record.entry import StoredEdit
from record.scope import Scope
from record.state import ProductState
from shop_queue.keys import lane_keys
from simulator.api_error import ApiError
from simulator.listing import Listing
from tests.simulation.oracles import FINAL, published
from tests.simulation.pipeline.shopfront import Shopfront
from tests.simulation.pipeline.truth import EditCall, Product
from tests.simulation.worlds import World
from worker.services import Services

CALM = frozenset(
    {"feed_products", "seller", "undo", "cancel", "retry", "answer", "create", "slow_audits", "lost_field",
     "merges", "admissions", "guarded", "lost_webhooks", "late_webhooks", "double_webhooks", "mixed_webhooks",
     "old_webhooks"}
)  # fmt: skip
"""Events that are no faults of the service's own machines."""
FREEZES = ("freeze", "halt_at_write")


class ObservedWorld(World):
    shopfront: Shopfront
    operator: Services

    def prepare_notes(self) -> None:
        self.refed: set[Product] = set()
        self.undone: set[Product] = set()
        self.undone_entries: dict[Product, tuple[int, ...]] = {}
        self.undone_by: dict[tuple[str, str, str], tuple[int, ...]] = {}
        """Shop, product and run of an undo -> the entries that it covers."""
        self.asked_for: set[Product] = set()
        """(shop, external id) of the listings to create."""
        self.retried: dict[Product, float] = {}
        self.blocked_as: dict[Product, str] = {}
        """Product that was tried again -> the outcome that had blocked it."""
        self.answered: dict[Product, dict[str, Any]] = {}
        self.may_change: dict[Product, set[str]] = {}
        """Product -> fields that a person has answered."""
        self.cancelled: dict[str, float] = {}
        """Shop -> time at which the cancellation of its run began."""
        self.lost_fields: set[str] = set()
        """Fields that the platform loses in accepted edits for a while."""
        self.entries: list[StoredEdit] = []
        self.states: dict[Product, str] = {}
        self.is_done = False
        """Whether the work was done in time."""
        self._entries_of: dict[Product, list[StoredEdit]] = defaultdict(list)

    async def live(self) -> float:
        late_by = await super().live()
        self.is_done = not any(problem.startswith("liveness") for problem in self.problems)
        record = self.operator.record
        self.entries = [each async for each in record.edits(Scope()) if isinstance(each, StoredEdit)]
        for entry in self.entries:
            self._entries_of[entry.shop_id, entry.product_id].append(entry)
        async for state in record.products():
            if isinstance(state, ProductState):
                self.states[state.shop_id, state.product_id] = state.state
        return late_by

    @property
    def is_calm(self) -> bool:
        return self.is_calm_but_for()

    def is_calm_but_for(self, *kinds: str) -> bool:
        return all(event.kind in CALM or event.kind in kinds for event in self.plan.events)

    def has_fault(self, *kinds: str) -> bool:
        return any(event.kind in kinds for event in self.plan.events)

    @property
    def created(self) -> set[Product]:
        """Listings that were created, and the external ids of those that were asked for."""
        made = self.shopfront.truth.created
        return {(shop, product) for (shop, _), products in made.items() for product in products} | self.asked_for

    def entries_of(self, shop: str, product: str) -> Sequence[StoredEdit]:
        return sorted(self._entries_of[shop, product], key=lambda each: each.id)

    def listing_of(self, shop_id: str, product: str) -> Listing | None:
        """The listing, if it has been changed or was under review."""
        platform = self.shopfront.server.world
        shop = platform.by_id[shop_id]
        try:
            return shop.touched.get(platform.index_of(shop, product))
        except ApiError:
            return None

    def outcomes_of(self, key: Product) -> list[dict[str, Any]]:
        return [each for each in published(self) if (each["shop_id"], each["product_id"]) == key]

    def last_outcomes(self) -> dict[Product, dict[str, Any]]:
        """The last outcome of each product whose last one is final."""
        last = {(each["shop_id"], each["product_id"]): each for each in published(self)}
        return {key: each for key, each in last.items() if each["outcome"] in FINAL}

    def was_replaced(self, key: Product) -> bool:
        """Whether the seller has saved over an edit in audit, so that the product is edited once more."""
        return any([each["code"] for each in found["reasons"]] == ["edit_replaced"] for found in self.outcomes_of(key))

    def is_frozen_around(self, call: EditCall) -> bool:
        return self.has_fault(*FREEZES)

    def seller_changed(self, product: str) -> bool:
        return bool(self.shopfront.seller_changes[product])

    def payload(self, shop: str, job: str | bytes) -> bytes:
        payload: bytes | None = self.run("HGET", lane_keys(shop).jobs, job)
        return payload or b""

    def waits(self, key: Product) -> bool:
        """Whether a job of the product is still in its lane."""
        shop, product = key
        return any(self.payload(shop, job) for job in (product, f"audit:{product}", f"undo:{product}"))

    def waiting_audits(self) -> bool:
        jobs = (name for shop in self.plan.size.shops for name in self.server.peek(lane_keys(shop).jobs) or {})
        return any(name.startswith((b"audit:", b"undo:")) for name in jobs)

    def blocked_hints(self, shop: str, product: str) -> dict[str, Any] | None:
        """The decisions that the product's next try has; None if it is not blocked."""
        body: bytes | None = (self.server.peek(lane_keys(shop).blocked) or {}).get(product.encode())
        return (orjson.loads(body).get("hints") or {}) if body is not None else None
