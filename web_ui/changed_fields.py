"""Counts, by field, how many products the edits of an undo changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from record.undo_scope import ProductEdits
from web_ui.comparison import compared
from web_ui.rendering import plural

NAMED_FIELDS = 12
PRODUCTS_AT_ONCE = 20
"""Number of products compared before other requests get a turn."""


async def count_changed_fields(products: AsyncIterator[ProductEdits]) -> Counter[str]:
    """Products whose edits changed the field, by its name. Raises RecordUnavailable, DamagedStore."""
    counts, read = Counter[str](), 0
    async for product in products:
        rows = (row for edit in product.edits for row in compared(edit.before, edit.edit, changes=edit.changes))
        counts.update({row.name for row in rows if row.is_changed})
        read += 1
        if read % PRODUCTS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return counts


def changed_fields_line(counts: Counter[str]) -> list[str]:
    """One sentence, or none without a changed field. Pure."""
    if not counts:
        return []
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    named = ", ".join(f"{name} of {plural(count, 'product')}" for name, count in ordered[:NAMED_FIELDS])
    others = f", and {plural(len(ordered) - NAMED_FIELDS, 'other field')}" if len(ordered) > NAMED_FIELDS else ""
    return [f"The edits changed: {named}{others}."]
