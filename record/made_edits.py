"""Recorded edits in the form that an undo needs. Pure."""

from __future__ import annotations

from record.effect import damaged_fields
from record.entry import StoredEdit
from relisting.merge import body_fields
from relisting.restore import MadeEdit


def made_edit(edit: StoredEdit, damaged_field: str = "") -> MadeEdit:
    """`damaged_field`: only this field is restored, where the platform has lost it; empty = the whole edit."""
    return (
        _repaired(edit, damaged_field)
        if damaged_field
        else MadeEdit(edit.before or {}, edit.edit, damaged_fields(edit))
    )


def _repaired(edit: StoredEdit, damaged_field: str) -> MadeEdit:
    """Restores the field to the value that it should have had after the edit."""
    leaf, brand_id = str(edit.edit.get("category_id") or ""), str(edit.edit.get("brand_id") or "")
    attributes = edit.edit.get("product_attributes") or ()
    intended = {
        **(edit.before or {}),
        "category_chains": [{"id": leaf, "is_leaf": True}],
        "brand": {"id": brand_id} if brand_id else None,
        "product_attributes": attributes,
    }
    sent = {**body_fields(intended), "category_id": leaf, "brand_id": brand_id, "product_attributes": attributes}
    return MadeEdit(intended, sent, frozenset({damaged_field}))
