"""`plan` decides about creations and undos."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.inputs import (
    NeedsLeaf,
    NeedsOwnPermissions,
    NewListing,
    RestoreListing,
)
from relisting.merge import UnknownFields, merge
from relisting.old_category import old_category
from relisting.planned import AlreadyMigrated, PlannedEdit
from relisting.resolution import CategorySources
from relisting.restore import MadeEdit
from tests.support.catalogue_builders import under
from tests.support.planned_product import MATERIAL, TITLE, codes, inputs, product
from tests.support.planning import SuppliedInputs
from tiktok_shop.catalogue import CategoryRules, Certification

NEW = {
    "title": TITLE,
    "description": "<p>Holds a litre.</p>",
    "main_images": [{"uri": "tos/1"}],
    "product_attributes": [{"id": "1", "values": [{"id": "11"}]}],
    "skus": [{"seller_sku": "jar-1"}],
}


def test_creation_reports_requirements_of_creations_only() -> None:
    decision = SuppliedInputs((MATERIAL,)).plan(NEW, inputs(NewListing("erp-1"), sources=CategorySources("5")))
    assert codes(decision) == ["price_missing", "inventory_missing"]


def test_creation_has_the_external_id_and_the_given_brand() -> None:
    sku = {"price": {"amount": "1", "currency": "USD"}, "inventory": [{"warehouse_id": "1", "quantity": 1}]}
    desk = SuppliedInputs((MATERIAL,))
    sources = CategorySources("5")
    decision = desk.plan({**NEW, "skus": [sku], "brand_id": "7"}, inputs(NewListing("erp-1"), sources=sources))
    assert desk.requests == [NeedsLeaf("5", "7", "")]
    assert isinstance(decision, PlannedEdit)
    assert (decision.body["external_product_id"], decision.body["brand_id"]) == ("erp-1", "7")


def made_edit(before: dict[str, Any], **changes: Any) -> MadeEdit:
    """The edit that made `changes` of the product."""
    after = {**before, **changes}
    sent = merge(after, old_category(after)[0], after["product_attributes"])
    assert not isinstance(sent, UnknownFields)
    return MadeEdit(before, sent)


def test_restore_reverts_the_edit_and_keeps_new_variants() -> None:
    colours = [{"id": "2", "value_id": "21"}], [{"id": "2", "value_id": "22"}]
    old, new = ({"id": str(9 + n), "sales_attributes": colour} for n, colour in enumerate(colours))
    before = product(title="The title before the edit, of glass", skus=[old])
    edit = made_edit(before, title="The title after the edit, of glass")
    now = product(title="The title after the edit, of glass", skus=[old, new])
    desk = SuppliedInputs((MATERIAL,))
    decision = desk.plan(now, inputs(RestoreListing((edit,), {"run_id": "r"})))
    assert desk.requests[0] == NeedsOwnPermissions()
    assert isinstance(decision, PlannedEdit)
    assert decision.body["title"] == before["title"]
    assert [sku["id"] for sku in decision.body["skus"]] == ["9", "10"]
    evidence = {"restored_from": {"run_id": "r"}, "restored": ["title"], "kept": []}
    assert (decision.rule, decision.evidence) == ("before_image", evidence)


def test_restore_stays_in_the_current_leaf_if_the_old_is_gone() -> None:
    before = product(("1", "Home"), ("404", "Vanished"), title="The title before the edit, of glass")
    edit = made_edit(before, **{**under(("1", "Home"), ("5", "Jars")), "title": TITLE})
    decision = SuppliedInputs((MATERIAL,)).plan(product(), inputs(RestoreListing((edit,))))
    assert isinstance(decision, PlannedEdit)
    assert decision.category_id == "5"
    assert "not on the v2 tree" in decision.warnings[0]


def test_without_anything_to_restore_no_edit_is_made() -> None:
    edit = made_edit(product(), title="The title after the edit, of glass")
    decision = SuppliedInputs((MATERIAL,)).plan(
        product(title="The seller's title, of glass"), inputs(RestoreListing((edit,)))
    )
    assert isinstance(decision, AlreadyMigrated)
    assert decision.warnings == ("changed since the edit, left as it is: title",)


CHART = {"image": {"uri": "tos/9"}}
CERTIFIED = [{"id": "7", "images": [{"uri": "tos/7"}]}]
STRICT = CategoryRules(
    size_chart_supported=True, size_chart_required=True, certifications=(Certification("7", "CE", True),)
)


@pytest.mark.parametrize(
    "changes", [{}, {"title": "The title after the edit, of glass"}], ids=["alone", "with a title"]
)
def test_restore_keeps_what_the_leaf_requires_and_asks_nobody(changes: dict[str, str]) -> None:
    """A size chart and a certificate that people answered stay, because the leaf refuses the product without them."""
    before, answered = product(), {"size_chart": CHART, "certifications": CERTIFIED}
    edit = made_edit(before, **answered, **changes)
    desk = SuppliedInputs((MATERIAL,), STRICT)
    decision = desk.plan(product(**answered, **changes), inputs(RestoreListing((edit,))))
    assert isinstance(decision, PlannedEdit if changes else AlreadyMigrated)
    assert decision.warnings[-1].endswith("stay: certifications, size_chart")
    if isinstance(decision, PlannedEdit):
        assert decision.body["title"] == before["title"]
        assert decision.body["certifications"] == CERTIFIED
