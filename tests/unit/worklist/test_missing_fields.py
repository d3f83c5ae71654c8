"""The questions derived from a blocked product."""

from __future__ import annotations

from tests.support.blocked_records import BRAND, CATEGORY, CERTIFICATE, COTTON, MATERIAL, WEIGHT, blocked
from worklist.collect import Worklist
from worklist.missing_fields import missing_fields_of


def test_each_reason_is_one_missing_field() -> None:
    gaps = missing_fields_of(blocked("7", "1", MATERIAL, WEIGHT, CERTIFICATE))
    assert [(gap.question.kind, gap.question.name) for gap in gaps] == [
        ("attribute", "Material"),
        ("attribute", "Fill weight"),
        ("correct", "certifications"),
    ]
    assert [choice.label for choice in gaps[0].question.choices] == ["Cotton", "Wool"]


def test_reasons_about_one_attribute_share_a_field() -> None:
    several = {**MATERIAL, "code": "12052246", "message": "Material takes one value only."}
    (gap,) = missing_fields_of(blocked("7", "1", MATERIAL, several))
    assert gap.question.codes == ("12052104", "12052246")
    assert "required" in gap.question.text
    assert "one value only" in gap.question.text


def test_the_platforms_own_message_becomes_a_sentence() -> None:
    """Its messages often lack a full stop, and what to write follows them."""
    (gap,) = missing_fields_of(blocked("7", "1", {**BRAND, "message": "the brand is not authorized for this seller"}))
    assert gap.question.text.startswith("the brand is not authorized for this seller. Write done once")


def test_a_category_is_chosen_only_if_one_is_offered() -> None:
    (offered,) = missing_fields_of(blocked("7", "1", CATEGORY))
    assert offered.question.text.endswith("Choose one, or write the ID of another v2 leaf category.")
    (without,) = missing_fields_of(blocked("7", "1", {**CATEGORY, "allowed_values": []}))
    assert without.question.text.endswith("final category. Write the ID of a v2 leaf category.")


def test_attribute_that_must_be_empty_asks_for_a_correction() -> None:
    reason = {**MATERIAL, "code": "12052183", "message": "Material must be empty with the others as they are."}
    (gap,) = missing_fields_of(blocked("7", "1", reason))
    assert gap.question.kind == "correct"


def test_products_that_need_a_retry_raise_no_question() -> None:
    assert missing_fields_of(blocked("7", "1", MATERIAL, outcome="failed")) == []
    assert missing_fields_of(blocked("7", "list:sku-1", MATERIAL, kind="list")) == []
    assert (
        missing_fields_of(blocked("7", "1", {"code": "changed_since_plan", "message": "Plan it again."}, MATERIAL))
        == []
    )


def test_product_without_reason_still_asks_a_question() -> None:
    (gap,) = missing_fields_of(blocked("7", "1", outcome="rejected"))
    assert gap.question.kind == "correct"


def test_version_token_depends_on_product_question_and_time() -> None:
    def version_token(product_id: str, reason: dict[str, object], at: str) -> str:
        return missing_fields_of(blocked("7", product_id, reason, at=at))[0].version_token

    stamps = {
        version_token("1", MATERIAL, "2026-11-24T05:00:00Z"),
        version_token("2", MATERIAL, "2026-11-24T05:00:00Z"),
        version_token("1", BRAND, "2026-11-24T05:00:00Z"),
        version_token("1", MATERIAL, "2026-11-24T05:00:01Z"),
    }
    assert len(stamps) == 4
    assert version_token("1", MATERIAL, "2026-11-24T05:00:00Z") in stamps


def test_choices_with_the_same_name_show_their_id() -> None:
    reason = {**MATERIAL, "allowed_values": [COTTON, {"id": "503", "name": "cotton"}]}
    (gap,) = missing_fields_of(blocked("7", "1", reason))
    assert [choice.label for choice in gap.question.choices] == ["Cotton [501]", "cotton [503]"]


def test_questions_are_ranked_by_products_unlocked() -> None:
    worklist = Worklist()
    worklist.add(blocked("7", "1", MATERIAL, CATEGORY))
    for product_id in ("2", "3"):
        worklist.add(blocked("7", product_id, BRAND))
    worklist.add(blocked("8", "4", MATERIAL))
    worklist.add(blocked("8", "5", outcome="failed"))
    ranked = [(asked.question.name, asked.unlocks, asked.products, len(asked.shops)) for asked in worklist.ranked()]
    assert ranked == [("brand", 2, 2, 1), ("Material", 1, 2, 2), ("category", 0, 1, 1)]
    assert worklist.for_retry == 1
    assert [gap.product_id for gap in worklist.rows(10)] == ["2", "3", "1", "4", "1"]
    assert len(worklist.rows(2)) == 2


def test_a_correction_of_each_product_saves_nothing() -> None:
    worklist = Worklist()
    size_chart = {"code": "12052217", "message": "A size chart is required.", "actor": "seller", "field": "size_chart"}
    for product_id in range(10, 30):
        worklist.add(blocked("7", str(product_id), size_chart))
    for product_id in ("2", "3"):
        worklist.add(blocked("7", product_id, BRAND))
    first, second = worklist.ranked()
    assert (first.question.name, first.answers, first.minutes) == ("brand", 1, 1.0)
    assert (second.question.kind, second.answers, second.saved_minutes) == ("size_chart", 20, 0.0)


def test_reason_filter_does_not_change_the_unlocked_products() -> None:
    worklist = Worklist(reason="12052208")
    worklist.add(blocked("7", "1", MATERIAL, BRAND))
    worklist.add(blocked("7", "2", MATERIAL))
    (asked,) = worklist.ranked()
    assert (asked.question.name, asked.products, asked.unlocks) == ("brand", 1, 0)
    assert worklist.products == 1


def test_question_differs_between_categories() -> None:
    worklist = Worklist()
    worklist.add(blocked("7", "1", MATERIAL))
    worklist.add(blocked("7", "2", MATERIAL, category_id="999"))
    assert len(worklist.questions) == 2
