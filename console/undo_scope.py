"""The products of an undo's scope, and the edits of each that took effect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from model.job import Job, undo_job_id
from model.job_state import UndoState
from record.effect import effect_of
from record.entry import BadEntry, StoredEdit
from record.record import Record
from record.scope import Scope
from record.state import Run


@dataclass(slots=True)
class Coverage:
    """The edits in scope, counted by the result of their undo."""

    changed: int = 0
    """Products that the scope has changed."""
    unanswered: int = 0
    """Edits without a known answer: their products are left alone."""
    without_effect: int = 0
    """Edits that were refused, never sent, or failed their audit: they changed nothing."""
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
    edits: list[StoredEdit] = []
    async for entry in record.edits(scope):
        if isinstance(entry, BadEntry):
            coverage.bad.append(entry)
            continue
        if edits and (entry.shop_id, entry.product_id) != (edits[0].shop_id, edits[0].product_id):
            coverage.changed += 1
            yield ProductEdits(edits[0].shop_id, edits[0].product_id, tuple(edits))
            edits = []
        if entry.kind == "undo" and not scope.run_id:
            continue
        match effect_of(entry):
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


def undo_job(product: ProductEdits, run_id: str) -> Job:
    state = UndoState(edits=tuple(edit.id for edit in product.edits))
    return Job(product.shop_id, undo_job_id(product.product_id), "undo", run_id=run_id, state=state)


async def undo_run_id(record: Record, scope: Scope) -> str:
    """A new run id for this undo: `undo-RUN-1`, the next one `undo-RUN-2`. Raises RecordUnavailable."""
    name = f"undo-{scope.run_id or scope.decision or scope.product_id or scope.shop_id}-"
    known = {run.run_id for run in await record.runs() if isinstance(run, Run)}
    numbers = [int(rest) for each in known if each.startswith(name) and (rest := each.removeprefix(name)).isdecimal()]
    return f"{name}{max(numbers, default=0) + 1}"
