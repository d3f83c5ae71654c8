"""An undo declares every field that it restores, so that its read-back does not mistake them for damage."""

from __future__ import annotations

import pytest

from model.job import Job
from relisting.planned import PlannedEdit
from relisting.validate.features import SIZE_CHART_NOT_SUPPORTED
from rollout.outcome import Changed, Clean, Damaged, NotYet
from rollout.read_back import read_back
from worker.jobs.rollout_edit import declared_changes

CHAIN = {"category_chains": [{"id": "7", "is_leaf": True}]}
SOLD = {**CHAIN, "id": "1", "title": "A jar", "update_time": 5, "skus": [{"id": "11", "seller_sku": "A-1"}]}
UNDO = Job("7494", "undo:1", "undo")


@pytest.mark.parametrize("cleared", [{}, {"description": ""}], ids=["missing", "blank"])
def test_a_cleared_field_is_restored_without_damage(cleared: dict[str, str]) -> None:
    body = {"title": "A jar", "description": "<p>Of glass</p>", "category_id": "7", "category_version": "v2"}
    product = {**SOLD, **cleared}
    declared = declared_changes(UNDO, product, PlannedEdit(body, "7", "before_image"), frozenset())
    assert declared.fields == {"description"}
    assert read_back(product, {**SOLD, "description": "<p>Of glass</p>", "update_time": 9}, declared) == Clean()


WEIGHT, CHART = {"value": "1.2", "unit": "KILOGRAM"}, {"image": {"uri": "tos/9"}}


def test_the_fields_that_a_person_has_answered_are_declared_as_changed() -> None:
    """Ten answered size charts must not look as if the platform changed ten size charts."""
    fields = {"package_weight": WEIGHT, "size_chart": CHART, "certifications/5": {"images": [{"uri": "tos/8"}]}}
    body = {"title": "A jar", "category_id": "7", "package_weight": WEIGHT, "size_chart": CHART, "certifications": []}
    before = {**SOLD, "package_weight": WEIGHT}
    declared = declared_changes(
        Job("7494", "1", fields=fields), before, PlannedEdit(body, "7", "own_leaf"), frozenset()
    )
    assert declared.fields == {"size_chart"}, "a field that stays as it was must stay as it is"
    assert read_back(before, before, declared) == NotYet(), "the version from before the edit proves nothing"
    assert read_back(before, {**before, "size_chart": CHART, "update_time": 9}, declared) == Clean()
    unasked = declared_changes(Job("7494", "1"), before, PlannedEdit(body, "7", "own_leaf"), frozenset())
    assert read_back(before, {**before, "size_chart": CHART, "update_time": 9}, unasked) == Changed(("size_chart",))


def test_a_size_chart_in_a_category_without_one_may_disappear() -> None:
    """The platform ignores it there (documented), and the plan has warned of that."""
    before = {**SOLD, "size_chart": CHART}
    body = {"title": "A jar", "category_id": "7", "size_chart": CHART}
    dropped = {**SOLD, "update_time": 9}
    warned = PlannedEdit(body, "7", "own_leaf", features={SIZE_CHART_NOT_SUPPORTED: "size_chart"})
    assert read_back(before, dropped, declared_changes(Job("7494", "1"), before, warned, frozenset())) == Clean()
    other = PlannedEdit(body, "7", "own_leaf")
    found = read_back(before, dropped, declared_changes(Job("7494", "1"), before, other, frozenset()))
    assert found == Damaged(("size_chart",))
