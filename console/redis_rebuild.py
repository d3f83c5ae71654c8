"""Rebuilds an emptied Redis from the record: shops, tokens, states of products, audits of accepted edits, and what
people have paused, limited or stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from model.job import Job, JobKind
from model.job_state import AcceptedEdit
from model.outcome import Outcome, OutcomeName, Reason
from model.shop import Shop
from record.copies import read
from record.effect import effect_of
from record.entry import BadEntry, StoredEdit
from record.record import Record
from record.standing_orders import standing_orders
from record.state import ProductState
from redis_client.connect import AnyRedis
from relisting.merge import product_status
from rollout.edit import InvalidEdit
from rollout.operations import RolloutOperations
from shop_queue.epoch import write_epoch
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.restoring import RestoredEnd, restore_ends
from shop_queue.shop_registry import ShopRegistry
from token_store.tokens import TokenStore
from worker.jobs.audit import audit_job

AT_ONCE = 500
ENDED = ("relisted", "already_v2", "gone")
BLOCKED = ("rejected", "failed")
OFF_SALE = "SELLER_DEACTIVATED"
MAX_NAMED = 1_000


@dataclass(slots=True)
class Rebuilt:
    shops: int = 0
    tokens: int = 0
    without_tokens: list[str] = field(default_factory=list)
    """Shops whose seller must authorise the app again."""
    states: dict[str, int] = field(default_factory=dict)
    """Number of restored products by their state in the record."""
    audits: int = 0
    """Accepted edits whose audits are followed again."""
    queued: int = 0
    """Products that are processed again: they were queued, running or waiting, or their question was lost."""
    paused: list[str] = field(default_factory=list)
    """Shops that people had paused, and that are paused again."""
    limited: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    """Causes of the rollout that people had stopped, and that are stopped again."""
    unnamed_pauses: int = 0
    """Shops paused in one action that named only some of them; they are not paused again."""
    bad: list[BadEntry] = field(default_factory=list)
    bad_count: int = 0

    @property
    def products(self) -> int:
        return sum(self.states.values())

    def name_bad(self, entry: BadEntry) -> None:
        self.bad_count += 1
        if len(self.bad) < MAX_NAMED:
            self.bad.append(entry)


async def rebuild(
    record: Record, redis: AnyRedis, tokens: TokenStore, progress: Callable[[int], None] = lambda _: None
) -> Rebuilt:
    """Restores everything, then declares Redis complete. Can be repeated after an interruption.

    The shops come last, so that a process that starts during the rebuild does not mistake partial data for all of it.
    `progress` is called with the products restored so far. Raises RecordUnavailable, DamagedStore, one of
    REDIS_UNAVAILABLE.
    """
    rebuilt, copies = Rebuilt(), await read(record.database)
    for bad in copies.bad:
        rebuilt.name_bad(bad)
    for shop in copies.shops:
        batch: list[ProductState] = []
        async for state in record.products(shop_id=shop.shop_id):
            if isinstance(state, BadEntry):
                rebuilt.name_bad(state)
                continue
            batch.append(state)
            if len(batch) == AT_ONCE:
                await _restore(record, redis, shop.shop_id, batch, rebuilt)
                batch = []
                progress(rebuilt.products)
        await _restore(record, redis, shop.shop_id, batch, rebuilt)
        progress(rebuilt.products)
    sealed = {each.account: each.sealed for each in copies.tokens}
    for account in sorted({shop.account for shop in copies.shops} & sealed.keys()):
        await tokens.restore_sealed(account, sealed[account])
        rebuilt.tokens += 1
    rebuilt.without_tokens = [shop.shop_id for shop in copies.shops if shop.account not in sealed]
    registry = ShopRegistry(redis)
    for shop in copies.shops:
        await registry.add(Shop(shop.shop_id, **shop.about))
        rebuilt.shops += 1
    await _repeat_orders(record, redis, {shop.shop_id for shop in copies.shops}, rebuilt)
    await write_epoch(redis)
    return rebuilt


async def _repeat_orders(record: Record, redis: AnyRedis, shops: set[str], rebuilt: Rebuilt) -> None:
    """Pauses, limits and stops what people had: nothing that they stopped may continue because Redis was lost."""
    orders, lanes, rollout = await standing_orders(record.database), LaneProducer(redis), RolloutOperations(redis)
    rebuilt.unnamed_pauses = orders.unnamed
    for shop_id in orders.paused.keys() & shops:
        await lanes.set_state(shop_id, "paused", orders.paused[shop_id])
    for shop_id in orders.limits.keys() & shops:
        await lanes.set_limit(shop_id, orders.limits[shop_id])
    for cause, why in orders.stopped.items():
        try:
            await rollout.stop(cause, why)
        except InvalidEdit:
            continue  # the log contains what was typed, also where it was refused
        rebuilt.stopped.append(cause)
    rebuilt.paused, rebuilt.limited = sorted(orders.paused.keys() & shops), sorted(orders.limits.keys() & shops)


async def _restore(record: Record, redis: AnyRedis, shop_id: str, states: list[ProductState], rebuilt: Rebuilt) -> None:
    ends, requests = list[RestoredEnd](), list[EnqueueRequest]()
    for state in states:
        rebuilt.states[state.state] = rebuilt.states.get(state.state, 0) + 1
        if state.state in ENDED:
            ends.append(RestoredEnd(state.product_id, state.state))
        elif state.state in BLOCKED:
            ends.append(RestoredEnd(state.product_id, state.state, _blocked_record(state)))
        elif (audit := await _audit(record, state, rebuilt)) is not None:
            requests.append(EnqueueRequest(audit))
            rebuilt.audits += 1
        else:
            requests.append(EnqueueRequest(Job(shop_id, state.product_id, run_id=state.run_id)))
            rebuilt.queued += 1
    await restore_ends(redis, shop_id, ends)
    await LaneProducer(redis).enqueue(requests, use_reserve=True)


async def _audit(record: Record, state: ProductState, rebuilt: Rebuilt) -> Job | None:
    """The job that follows the audit of the product's last edit; None if none was accepted."""
    if state.state not in ("in_audit", "waiting"):
        return None
    edit = await record.last_sent(state.shop_id, state.product_id)
    if isinstance(edit, BadEntry):
        rebuilt.name_bad(edit)
    if not isinstance(edit, StoredEdit) or effect_of(edit) != "in_audit":
        return None
    answer = edit.event("answered")
    if answer is None:
        return None
    # An undo or a creation whose edit is replaced is not repeated as a relist.
    kind: JobKind = "relist" if edit.kind == "relist" else "undo"
    job = Job(state.shop_id, state.product_id, kind, run_id=edit.run_id, trace_id=edit.trace_id)
    accepted = AcceptedEdit(
        str(edit.edit.get("category_id") or ""),
        str(answer.about.get("request_id") or ""),
        int(answer.at.timestamp()),
        product_status(edit.before or {}) == OFF_SALE,
        edit.id,
    )
    return audit_job(job, state.product_id, accepted)


def _blocked_record(state: ProductState) -> dict[str, object]:
    """The published outcome, as far as it is in the record."""
    name: OutcomeName = "rejected" if state.state == "rejected" else "failed"
    reason = Reason("restored", state.reason or "Its reason was lost with Redis.", "operator")
    return Outcome(name, reasons=(reason,)).record(
        shop_id=state.shop_id,
        product_id=state.product_id,
        run_id=state.run_id,
        trace_id="",
        kind="relist",
        attempts=1,
        at=state.at,
    )
