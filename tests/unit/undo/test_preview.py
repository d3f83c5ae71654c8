"""The preview of an undo says what the undo will do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from record.entry import StoredEdit
from record.undo_scope import ProductEdits
from relisting.inputs import LeafRequirements
from relisting.merge import UnknownFields, merge
from tests.support.catalogue_builders import TREE, under
from tests.support.tiny_platform import product
from tiktok_shop.catalogue import CategoryRules
from undo.preview import preview_of

CHART = {"image": {"uri": "tos/9"}}


@pytest.mark.parametrize("is_required", [False, True])
def test_a_field_that_the_leaf_requires_is_shown_as_staying(is_required: bool) -> None:
    before = {**product("1"), **under(("1", "Home"), ("5", "Jars"))}
    now = {**before, "size_chart": CHART}
    sent = merge(now, "5", before["product_attributes"])
    assert not isinstance(sent, UnknownFields)
    edit = StoredEdit(
        1, datetime.now(UTC), "7494", "1", "relist", "spring", "own_leaf", sent, before, "", {}, "", "", 1
    )
    rules = CategoryRules(size_chart_supported=True, size_chart_required=is_required)
    shown = preview_of(ProductEdits("7494", "1", (edit,)), now, TREE, LeafRequirements("5", rules, ()))
    assert shown.restored == (() if is_required else ("size_chart",))
    assert shown.lost == (("size_chart stays: the category requires it",) if is_required else ())
