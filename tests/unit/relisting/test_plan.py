"""`plan` decides about relists, creations and undos, and asks only for the inputs it needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.job_state import CategoryChange
from relisting.attribute_rules import parse_attribute_rules
from relisting.inputs import (
    BrandStanding,
    Inputs,
    MoveListing,
    NeedsFreshCatalogue,
    NeedsFreshPermissions,
    NeedsLeaf,
    NeedsOwnPermissions,
    NeedsVersion,
    RestoreListing,
    Task,
)
from relisting.planned import AlreadyMigrated, Gone, NeedsInput, PlannedEdit, Waiting
from relisting.platform_habits import PlatformHabits
from relisting.refusals import RefusalCount
from relisting.resolution import CategorySources, NeedsRecommendation
from relisting.validate.codes import Code
from relisting.version import KnownVersion
from tests.support.catalogue_builders import TREE, attribute
from tests.support.planned_product import GLASS, MATERIAL, codes, inputs, product
from tests.support.planning import SuppliedInputs
from tiktok_shop.catalogue import CategoryRules


def test_own_leaf_needs_only_the_leaf_and_the_version() -> None:
    desk = SuppliedInputs((MATERIAL,))
    decision = desk.plan(product(brand={"id": "7", "name": "Jarworks"}), inputs())
    assert desk.requests == [NeedsLeaf("5", "7", "Jarworks"), NeedsVersion()]
    assert isinstance(decision, PlannedEdit)
    assert (decision.category_id, decision.rule, decision.body["category_version"]) == ("5", "own_leaf", "v2")


def test_known_version_needs_no_search() -> None:
    desk = SuppliedInputs((MATERIAL,))
    assert isinstance(desk.plan(product(), inputs(known_version=KnownVersion("v1"))), PlannedEdit)
    assert desk.requests == [NeedsLeaf("5", "", "")]


def test_product_found_on_v2_that_needs_no_change_is_migrated() -> None:
    desk = SuppliedInputs((MATERIAL,), version=KnownVersion("v2"))
    assert desk.plan(product(), inputs()) == AlreadyMigrated("5", "search", ())
    changed = inputs(sources=CategorySources(change=CategoryChange("5")), known_version=KnownVersion(None))
    assert desk.plan(product(), changed) == AlreadyMigrated("5", "webhook", ())


def test_product_on_v2_that_lacks_an_answer_is_edited() -> None:
    desk = SuppliedInputs((MATERIAL,), version=KnownVersion("v2"))
    decision = desk.plan(product(), inputs(answers=({"id": "1", "values": [{"id": "12"}]},)))
    assert isinstance(decision, PlannedEdit)
    assert decision.body["product_attributes"] == [{"id": "1", "values": [{"id": "12", "name": "Oak"}]}]


def test_recommendation_is_asked_with_own_permissions() -> None:
    desk = SuppliedInputs((MATERIAL,), recommended="61")
    bowls = product(("1", "Home"), ("6", "Bowls"), title="Wooden bowls that hold one litre")
    decision = desk.plan(bowls, inputs(known_version=KnownVersion("v1")))
    assert desk.requests == [NeedsOwnPermissions(), NeedsRecommendation(), NeedsLeaf("61", "", "")]
    assert isinstance(decision, PlannedEdit)
    assert decision.rule == "recommended"


def test_closed_leaf_is_read_again_before_it_is_refused() -> None:
    closed = {"5": ("NON_MAIN_CATEGORY",)}
    desk = SuppliedInputs((MATERIAL,), closed=closed)
    own = inputs(known_version=KnownVersion("v1"))
    restricted = Inputs(own.task, own.region, TREE.restricted_to_shop(closed), known_version=own.known_version)
    assert codes(desk.plan(product(), restricted)) == ["12052225"]
    assert desk.requests == [NeedsFreshPermissions()]
    opened = SuppliedInputs((MATERIAL,), closed=closed, freshly_closed={})
    assert isinstance(opened.plan(product(), restricted), PlannedEdit)


def test_all_problems_are_reported_with_leaf_and_path() -> None:
    desk = SuppliedInputs((MATERIAL,), brand=BrandStanding(is_unknown=True))
    decision = desk.plan(product(title="", product_attributes=[], brand={"id": "7", "name": "Gone"}), inputs())
    assert codes(decision) == [Code.TITLE_EMPTY, Code.ATTRIBUTE_REQUIRED, Code.BRAND_UNKNOWN]
    assert isinstance(decision, NeedsInput)
    assert (decision.category_id, decision.category_path) == ("5", "Home > Jars")


def test_unknown_field_stops_the_edit_unless_allowed() -> None:
    desk = SuppliedInputs((MATERIAL,))
    assert codes(desk.plan(product(brand_new=1), inputs())) == ["unknown_fields"]
    allowed = inputs(allowed_fields=frozenset({"brand_new"}), known_version=KnownVersion("v1"))
    assert isinstance(SuppliedInputs((MATERIAL,)).plan(product(brand_new=1), allowed), PlannedEdit)


def test_attribute_rules_fill_gaps_with_evidence() -> None:
    rules = parse_attribute_rules("category,attribute,take,from,value\n*,Material,fixed,,Oak\n")
    decision = SuppliedInputs((MATERIAL,)).plan(product(product_attributes=[]), inputs(attribute_rules=rules))
    assert isinstance(decision, PlannedEdit)
    assert decision.evidence["filled"][0]["value"] == "Oak"


def test_changes_are_described_on_request_only() -> None:
    known = KnownVersion("v1")
    silent = SuppliedInputs((MATERIAL,)).plan(product(), inputs(known_version=known))
    described = SuppliedInputs((MATERIAL,)).plan(product(), inputs(known_version=known, describe_changes=True))
    assert isinstance(silent, PlannedEdit)
    assert isinstance(described, PlannedEdit)
    assert (silent.changes, len(described.changes)) == ((), 1)


@pytest.mark.parametrize("task", [MoveListing(), RestoreListing(())], ids=["relist", "restore"])
def test_deleted_and_frozen_products_need_no_inputs(task: Task) -> None:
    desk = SuppliedInputs()
    deleted = desk.plan(product(status="DELETED"), inputs(task))
    assert isinstance(deleted, Gone)
    frozen = desk.plan(product(status="FREEZE"), inputs(task))
    assert isinstance(frozen, Waiting)
    assert (frozen.reason.code, frozen.reason.actor) == ("product_frozen", "platform")
    assert desk.requests == []


def test_deactivated_product_is_asked_if_an_edit_reactivates() -> None:
    off_sale = product(status="SELLER_DEACTIVATED")
    asked = SuppliedInputs((MATERIAL,)).plan(off_sale, inputs(habits=PlatformHabits(edit_reactivates=True)))
    assert codes(asked) == ["product_deactivated"]
    assert isinstance(SuppliedInputs((MATERIAL,)).plan(off_sale, inputs()), PlannedEdit)


def test_product_under_review_waits_for_its_invitation() -> None:
    closed = {"5": ("INVITE_ONLY",)}
    restricted = Inputs(MoveListing(), "US", TREE.restricted_to_shop(closed))
    pending = SuppliedInputs(closed=closed).plan(product(status="PENDING"), restricted)
    assert isinstance(pending, Waiting)
    assert (pending.reason.code, pending.category_id) == ("12052221", "5")
    assert codes(SuppliedInputs(closed=closed).plan(product(), restricted)) == ["12052221"]


def test_draft_is_saved_without_required_attributes() -> None:
    desk = SuppliedInputs((MATERIAL,))
    decision = desk.plan(product(status="DRAFT", product_attributes=[]), inputs())
    assert isinstance(decision, PlannedEdit)
    assert decision.body["save_mode"] == "AS_DRAFT"
    assert "the draft stays incomplete" in decision.warnings[0]
    assert codes(desk.plan(product(product_attributes=[]), inputs())) == [Code.ATTRIBUTE_REQUIRED]


ZERO = {"length": "0", "width": "0", "height": "0", "unit": "CENTIMETER"}
GRAMS = {"value": "500", "unit": "GRAM"}


def test_zero_dimensions_and_grams_of_a_listing_are_carried() -> None:
    carried = SuppliedInputs((MATERIAL,)).plan(product(package_dimensions=ZERO, package_weight=GRAMS), inputs())
    assert isinstance(carried, PlannedEdit)
    assert carried.body["package_dimensions"] == ZERO
    assert sum("sent as the listing has it" in warning for warning in carried.warnings) == 4
    assert {"zero_dimensions", "weight_in_grams"} <= carried.features.keys()


def test_zero_dimensions_are_learned_separately_where_the_leaf_requires_them() -> None:
    desk = SuppliedInputs((MATERIAL,), CategoryRules(package_dimension_required=True))
    zero = product(package_dimensions=ZERO)
    refused = RefusalCount("zero_dimensions", "12052005", "malformed", 3, 0)
    assert isinstance(desk.plan(zero, inputs(refusals={refused.feature: refused})), PlannedEdit)
    required = replace(refused, feature="zero_required_dimensions")
    assert codes(desk.plan(zero, inputs(refusals={required.feature: required}))) == ["12052005"]


def test_malformed_dimensions_and_other_units_of_a_listing_are_asked() -> None:
    desk = SuppliedInputs((MATERIAL,))
    malformed = product(package_dimensions={**ZERO, "length": "ten"}, package_weight={"value": "1", "unit": "STONE"})
    assert codes(desk.plan(malformed, inputs())) == [Code.UNIT_NOT_IN_REGION, Code.LENGTH_MALFORMED]


EMOJI = RefusalCount("description_emoji", "12052999", "illegal content", 3, 0)


def test_learned_refusal_is_asked_without_an_edit() -> None:
    desk, with_emoji = SuppliedInputs((MATERIAL,)), product(description="<p>A jar ✨</p>")
    asked = desk.plan(with_emoji, inputs(refusals={"description_emoji": EMOJI}))
    assert isinstance(asked, NeedsInput)
    (reason,) = asked.reasons
    assert (reason.code, reason.field, reason.actor) == ("12052999", "description", "seller")
    assert reason.message.startswith("The description contains emoji.")
    assert isinstance(desk.plan(product(), inputs(refusals={"description_emoji": EMOJI})), PlannedEdit)


def test_retried_product_is_edited_despite_learned_refusals() -> None:
    again = inputs(refusals={"description_emoji": EMOJI}, looks_again=True)
    assert isinstance(SuppliedInputs((MATERIAL,)).plan(product(description="<p>A jar ✨</p>"), again), PlannedEdit)


def test_retried_product_is_refused_only_after_a_fresh_read() -> None:
    desk = SuppliedInputs((MATERIAL,), fresh_attributes=())
    assert isinstance(desk.plan(product(product_attributes=[]), inputs(looks_again=True)), PlannedEdit)
    assert NeedsFreshCatalogue() in desk.requests
    assert codes(desk.plan(product(product_attributes=[]), inputs())) == [Code.ATTRIBUTE_REQUIRED]
    assert NeedsFreshCatalogue() not in desk.requests
    title = SuppliedInputs((MATERIAL,))
    assert codes(title.plan(product(title=""), inputs(looks_again=True))) == [Code.TITLE_EMPTY]
    assert NeedsFreshCatalogue() not in title.requests, "no catalogue data can change this"


MONSOON = {"id": "1", "name": "Material", "values": [{"id": "77", "name": "Bakelite"}]}
REFUSED = RefusalCount("legacy_value", "12052529", "no such value", 3, 0)


@pytest.mark.parametrize(
    ("habits", "refusals", "is_sent"),
    [
        (PlatformHabits(), {}, True),
        (PlatformHabits(), {"legacy_value": REFUSED}, False),
        (PlatformHabits(accepts_legacy_values=True), {}, True),
        (PlatformHabits(accepts_legacy_values=False), {}, False),
    ],
)
def test_a_required_value_the_leaf_no_longer_lists_is_sent_unless_it_is_known_to_be_refused(
    habits: PlatformHabits, refusals: dict[str, RefusalCount], is_sent: bool
) -> None:
    old = product(product_attributes=[MONSOON])
    planned = SuppliedInputs((MATERIAL,)).plan(old, inputs(habits=habits, refusals=refusals))
    if not is_sent:
        assert isinstance(planned, NeedsInput)
        assert planned.reasons[0].code == Code.ATTRIBUTE_REQUIRED
        return
    assert isinstance(planned, PlannedEdit)
    assert planned.body["product_attributes"] == [{"id": "1", "values": MONSOON["values"]}]
    assert planned.features["legacy_value"] == "product_attributes"
    assert "Material: Bakelite is kept although Material does not list it" in planned.warnings


@pytest.mark.parametrize(
    ("accepted", "refused", "leaves_out", "is_sent"),
    [
        (None, "", False, True),
        (None, "legacy_optional_value", False, False),
        (None, "legacy_value", False, False),
        (None, "", True, False),
        (True, "legacy_optional_value", True, True),
        (False, "", False, False),
    ],
)
def test_an_optional_value_the_leaf_no_longer_lists_is_sent_until_it_is_refused(
    accepted: bool | None, refused: str, leaves_out: bool, is_sent: bool
) -> None:
    desk = SuppliedInputs((attribute(1, "Material", "Glass", "Oak"),))
    old = product(product_attributes=[MONSOON])
    known = {refused: replace(REFUSED, feature=refused)} if refused else {}
    habits = PlatformHabits(accepts_legacy_values=accepted)
    planned = desk.plan(old, inputs(habits=habits, refusals=known, leaves_out_legacy=leaves_out))
    if accepted and refused:
        assert isinstance(planned, NeedsInput), "the operator's facts and what was learned disagree"
        return
    assert isinstance(planned, PlannedEdit)
    assert bool(planned.body["product_attributes"]) == is_sent
    assert ("legacy_optional_value" in planned.features) == is_sent


def test_an_answer_takes_the_place_of_a_value_that_is_kept() -> None:
    old = product(product_attributes=[MONSOON])
    answer = {"id": "1", "values": [{"id": "11", "name": "Glass"}]}
    planned = SuppliedInputs((MATERIAL,)).plan(old, inputs(answers=(answer,)))
    assert isinstance(planned, PlannedEdit)
    assert planned.body["product_attributes"] == [{"id": "1", "values": GLASS["values"]}]
    assert "legacy_value" not in planned.features


@pytest.mark.parametrize(
    ("discards", "status", "waits"),
    [
        (True, "ACTIVATE", True),
        (True, "SELLER_DEACTIVATED", True),
        (True, "DRAFT", False),
        (False, "ACTIVATE", False),
    ],
)
def test_a_product_with_a_draft_of_the_seller_waits_where_an_edit_discards_it(
    discards: bool, status: str, waits: bool
) -> None:
    drafted = product(status=status, has_draft=True)
    planned = SuppliedInputs((MATERIAL,)).plan(drafted, inputs(habits=PlatformHabits(edit_discards_draft=discards)))
    assert isinstance(planned, Waiting) == waits
    if isinstance(planned, Waiting):
        assert (planned.reason.code, planned.reason.actor) == ("seller_draft", "seller")
