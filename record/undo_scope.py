"""The products of an undo's scope, and the edits of each that took effect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from model.job import Job, undo_job_id
from model.job_state import UndoState
from record.cause_scope import CauseScope
from record.effect import effect_of
from record.entry import BadEntry, StoredEdit
from record.record import Record
from record.scope import Scope
from record.state import Run


@dataclass(slots=True)
class Coverage:
    """The edits in scope, counted by the result of their undo."""

    changed: int = 0
    """Products changed by edits in scope."""
    unanswered: int = 0
    """Edits without a known answer: their products are left alone."""
    without_effect: int = 0
    """Edits that were refused or failed their audit: they changed nothing. Edits never sent are not counted."""
    without_image: int = 0
    """Edits without a before-image: creations."""
    bad: list[BadEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ProductEdits:
    shop_id: str
    product_id: str
    edits: tuple[StoredEdit, ...]
    """Oldest first; never empty."""


async def products_to_undo(record: Record, scope: Scope, coverage: Coverage) -> AsyncIterator[ProductEdits]:
    """Products with their edits in scope that took effect. Undos are in scope only if their run or product is named."""
    async for product in _by_product(record.edits(scope), coverage, lambda edit: edit.kind != "undo" or scope.run_id):
        yield product


async def products_of_cause(
    record: Record, shop_ids: Iterable[str], cause: CauseScope, coverage: Coverage
) -> AsyncIterator[ProductEdits]:
    """Products with the edits of a cause of the rollout that took effect, shop by shop."""
    for shop_id in shop_ids:
        edits = record.edits(Scope(shop_id))
        async for product in _by_product(edits, coverage, lambda edit: edit.kind != "undo" and cause.covers(edit)):
            yield product


async def cause_in_record(record: Record, shop_ids: Iterable[str], cause: str) -> CauseScope:
    """The edits to search for. For a field the record is read, because clean read-backs limit them."""
    if not CauseScope(cause).damaged_field:
        return CauseScope(cause)
    found = CauseScope(cause)
    for shop_id in shop_ids:
        async for entry in record.edits(Scope(shop_id)):
            if isinstance(entry, StoredEdit):
                found = found.with_clean(entry)
    return found


async def _by_product(
    entries: AsyncIterator[StoredEdit | BadEntry], coverage: Coverage, wanted: Callable[[StoredEdit], Any]
) -> AsyncIterator[ProductEdits]:
    edits: list[StoredEdit] = []
    async for entry in entries:
        if isinstance(entry, BadEntry):
            coverage.bad.append(entry)
            continue
        if edits and (entry.shop_id, entry.product_id) != (edits[0].shop_id, edits[0].product_id):
            coverage.changed += 1
            yield ProductEdits(edits[0].shop_id, edits[0].product_id, tuple(edits))
            edits = []
        if not wanted(entry):
            continue
        match effect_of(entry):
            case "not_sent":
                pass
            case "none":
                coverage.without_effect += 1
            case "unanswered":
                coverage.unanswered += 1
            case _ if not entry.before:
                coverage.without_image += 1
            case _:
                edits.append(entry)
    if edits:
        coverage.changed += 1
        yield ProductEdits(edits[0].shop_id, edits[0].product_id, tuple(edits))


def undo_job(product: ProductEdits, run_id: str, damaged_field: str = "", cause: str = "") -> Job:
    """`damaged_field`: only this field is restored, where it is blank now. `cause`: a cause of the rollout to undo."""
    state = UndoState(edits=tuple(edit.id for edit in product.edits), damaged_field=damaged_field, cause=cause)
    return Job(product.shop_id, undo_job_id(product.product_id), "undo", run_id=run_id, state=state)


async def undo_run_id(record: Record, scope: Scope) -> str:
    """A new run id for this undo: `undo-RUN-1`, the next one `undo-RUN-2`. Raises RecordUnavailable."""
    return await next_undo_id(record, scope.run_id or scope.decision or scope.product_id or scope.shop_id)


async def next_undo_id(record: Record, of: str) -> str:
    """Raises RecordUnavailable."""
    name = f"undo-{of}-"
    known = {run.run_id for run in await record.runs(name) if isinstance(run, Run)}
    numbers = [int(rest) for each in known if each.startswith(name) and (rest := each.removeprefix(name)).isdecimal()]
    return f"{name}{max(numbers, default=0) + 1}"
