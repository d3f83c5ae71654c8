"""An undo declares every field that it restores, so that its read-back does not mistake them for damage."""

from __future__ import annotations

import pytest

from relisting.planned import PlannedEdit
from rollout.outcome import Clean
from rollout.read_back import read_back
from worker.jobs.rollout_edit import declared_changes

CHAIN = {"category_chains": [{"id": "7", "is_leaf": True}]}
SOLD = {**CHAIN, "id": "1", "title": "A jar", "update_time": 5, "skus": [{"id": "11", "seller_sku": "A-1"}]}


@pytest.mark.parametrize("cleared", [{}, {"description": ""}], ids=["missing", "blank"])
def test_a_cleared_field_is_restored_without_damage(cleared: dict[str, str]) -> None:
    body = {"title": "A jar", "description": "<p>Of glass</p>", "category_id": "7", "category_version": "v2"}
    product = {**SOLD, **cleared}
    declared = declared_changes(product, PlannedEdit(body, "7", "before_image"), frozenset(), is_undo=True)
    assert declared.fields == {"description"}
    assert read_back(product, {**SOLD, "description": "<p>Of glass</p>", "update_time": 9}, declared) == Clean()
