"""Planning an import: which rows are valid, which are rejected, which products are requeued."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model.blocked_product import BlockedProduct
from tests.support.blocked_records import BRAND, CATEGORY, CERTIFICATE, MATERIAL, WEIGHT, blocked
from worklist.missing_fields import missing_fields_of
from worklist.plan_import import ImportPlan, plan_import, products_answered
from worklist.sheet import AnsweredRow, AnswerForAll, Answers

SHOPS = {"7", "8"}


def rows_of(*products: BlockedProduct, **answers: str) -> list[AnsweredRow]:
    """Return rows as exported and filled in; answers are given by the question's name."""
    gaps = [gap for product in products for gap in missing_fields_of(product)]
    return [
        AnsweredRow(
            f"row {number}",
            gap.shop_id,
            gap.product_id,
            gap.question.key,
            gap.version_token,
            answers.get(gap.question.name.replace(" ", "_"), ""),
        )
        for number, gap in enumerate(gaps, 2)
    ]


def plan(rows: list[AnsweredRow], *products: BlockedProduct, for_all: Any = (), **more: Any) -> ImportPlan:
    records: dict[tuple[str, str], BlockedProduct | None] = {(each.shop_id, each.product_id): each for each in products}
    return plan_import(Answers(rows, list(for_all)), SHOPS, records, **more)


def test_answers_make_one_job_that_keeps_earlier_hints() -> None:
    hints = {"category_id": "853000", "attributes": [{"id": "9", "values": [{"id": "x"}]}], "origin_category": "Tops"}
    product = blocked("7", "1", MATERIAL, WEIGHT, hints=hints)
    done = plan(rows_of(product, Material="Wool", Fill_weight="2"), product)
    (job,) = done.jobs
    assert (job.shop_id, job.id, job.category_id, job.run_id, job.trace_id) == ("7", "1", "853000", "spring", "erp-1")
    assert job.origin_category == "Tops"
    assert {each["id"]: each["values"] for each in job.attributes} == {
        "9": [{"id": "x"}],
        "100392": [{"id": "502"}],
        "100400": [{"name": "2"}],
    }
    assert (done.answers, done.problems) == (2, [])


def test_product_with_an_open_question_is_not_requeued() -> None:
    product = blocked("7", "1", MATERIAL, CERTIFICATE)
    done = plan(rows_of(product, Material="Wool"), product)
    assert done.jobs == []
    assert done.incomplete == {("7", "1"): 1}
    assert done.unanswered == 1


def test_questions_missing_from_the_file_stay_open() -> None:
    product = blocked("7", "1", MATERIAL, CERTIFICATE)
    done = plan(rows_of(product, Material="Wool")[:1], product)
    assert done.jobs == []
    assert done.incomplete == {("7", "1"): 1}


def test_all_bad_rows_are_reported_with_their_numbers() -> None:
    good, bad, gone = blocked("7", "1", MATERIAL), blocked("7", "2", MATERIAL), blocked("7", "3", MATERIAL)
    rows = rows_of(good, bad, gone, Material="Wool")
    rows[1] = replace(rows[1], answer="Steel")
    unknown_shop = replace(rows[0], where="row 5", shop_id="9")
    rounded = replace(rows[0], where="row 6", product_id="1.73E+18")
    garbage = replace(rows[0], where="row 7", product_id="../1")
    done = plan([*rows, unknown_shop, rounded, garbage], good, bad)
    assert [job.id for job in done.jobs] == ["1"]
    problems = [str(problem) for problem in done.problems]
    assert problems[0].startswith("row 3: 'Steel' is not one of the allowed values")
    assert problems[1] == "row 4: outdated: the product is no longer blocked"
    assert problems[2].startswith("row 5: shop: shop 9 is not known")
    assert "rounded" in problems[3]
    assert "is not an ID" in problems[4]


@pytest.mark.parametrize("later", [{"at": "2026-11-25T00:00:00Z"}, {"category_id": "1"}])
def test_answer_to_an_outdated_export_is_rejected(later: dict[str, str]) -> None:
    exported, now = blocked("7", "1", MATERIAL), blocked("7", "1", MATERIAL, **later)
    done = plan(rows_of(exported, Material="Wool"), now)
    assert done.jobs == []
    assert [problem.message.partition(":")[0] for problem in done.problems] == ["outdated"]


def test_answer_for_all_fills_rows_without_their_own() -> None:
    products = [blocked(shop, product, MATERIAL) for shop, product in (("7", "1"), ("7", "2"), ("8", "3"))]
    rows = rows_of(*products)
    rows[1] = replace(rows[1], answer="Cotton")
    done = plan(rows, *products, for_all=[AnswerForAll("Gaps, row 2", rows[0].question, "Wool")])
    assert {job.id: job.attributes[0]["values"][0]["id"] for job in done.jobs} == {"1": "502", "2": "501", "3": "502"}
    assert done.answers == 3
    assert products_answered(Answers(rows, [AnswerForAll("", rows[0].question, "Wool")])) == [
        ("7", "1"),
        ("7", "2"),
        ("8", "3"),
    ]


def test_bad_answer_for_all_is_reported_once() -> None:
    products = [blocked("7", str(number), MATERIAL) for number in range(5)]
    rows = rows_of(*products)
    done = plan(rows, *products, for_all=[AnswerForAll("Gaps, row 2", rows[0].question, "Steel")])
    assert [problem.where for problem in done.problems] == ["Gaps, row 2"]
    assert done.jobs == []


def test_answer_for_all_without_product_rows_is_reported() -> None:
    product = blocked("7", "1", MATERIAL)
    done = plan(rows_of(product), product, for_all=[AnswerForAll("Gaps, row 9", "g-other", "Wool")])
    assert [str(problem) for problem in done.problems] == ["Gaps, row 9: the file has no product row for this question"]


def test_contradicting_answers_are_ignored() -> None:
    product = blocked("7", "1", MATERIAL)
    (row,) = rows_of(product, Material="Wool")
    done = plan([row, replace(row, where="row 9", answer="Cotton")], product)
    assert done.jobs == []
    assert [problem.where for problem in done.problems] == ["row 9"]
    assert [job.id for job in plan([row, row], product).jobs] == ["1"]


def test_contradicting_answers_for_all_are_ignored() -> None:
    product = blocked("7", "1", MATERIAL)
    (row,) = rows_of(product)
    for_all = [AnswerForAll("a", row.question, "Wool"), AnswerForAll("b", row.question, "Cotton")]
    done = plan([row], product, for_all=for_all)
    assert done.jobs == []
    assert [problem.where for problem in done.problems] == ["b"]


def test_dry_runs_stay_dry_without_live() -> None:
    product = blocked("7", "1", CATEGORY, hints={"dry_run": True})
    rows = rows_of(product, category="853000")
    assert [job.dry_run for job in plan(rows, product).jobs] == [True]
    assert [job.dry_run for job in plan(rows, product, live=True).jobs] == [False]


def test_done_requeues_without_hints() -> None:
    product = blocked("7", "1", BRAND, CERTIFICATE)
    (job,) = plan(rows_of(product, brand="done", certifications="done"), product).jobs
    assert not job.has_hints


@pytest.mark.parametrize("changed", ["shop_id", "product_id"])
def test_an_unknown_id_that_a_program_may_have_rounded_is_explained(changed: str) -> None:
    (row,) = rows_of(blocked("7", "1", MATERIAL), Material="Wool")
    (problem,) = plan([replace(row, **{changed: "1729592969712207400"})]).problems
    assert "a program has rounded the ID" in problem.message


def with_kept(product: BlockedProduct, text: str, value: str) -> BlockedProduct:
    """The product with an answer to its first question."""
    hint = {"attribute": {"id": "100392", "values": [{"id": value}]}}
    kept = {missing_fields_of(product)[0].question.key: {"text": text, "hint": hint}}
    return replace(product, record={**product.record, "kept": kept})


def test_an_answer_that_another_person_has_given_is_replaced_only_by_one_who_saw_it() -> None:
    seen = blocked("7", "1", MATERIAL)
    now = with_kept(seen, "Wool", "502")
    (unaware,) = rows_of(seen, Material="Cotton")
    (problem,) = plan([unaware], now).problems
    assert str(problem).startswith("row 2: it was answered with 'Wool' in the meantime")
    assert len(plan([replace(unaware, answer="wool")], now).jobs) == 1, "the same answer is no contradiction"
    (aware,) = rows_of(now, Material="Cotton")
    (job,) = plan([aware], now).jobs
    assert job.attributes[0]["values"] == [{"id": "501"}]
    assert [each.message for each in plan([aware], with_kept(seen, "Silk", "503")).problems] != []
