"""Proposals have separate columns in the worklist, and are answers only once a person accepts them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import load_workbook

from model.blocked_product import BlockedProduct
from tables.reader import read_content
from worklist.collect import Worklist
from worklist.csv_file import write_csv
from worklist.missing_fields import missing_fields_of
from worklist.plan_import import ImportPlan, plan_import
from worklist.sheet import read_answers
from worklist.xlsx_file import write_xlsx

SHOP = "7494000000000000001"


def blocked(product_id: str, *values: tuple[str, str, float | None]) -> BlockedProduct:
    """A product without Material; values of (id, name, score), most likely first."""
    allowed = [
        {"id": key, "name": name, **({} if score is None else {"score": score, "source": "title", "words": "w"})}
        for key, name, score in values
    ]
    reason = {
        "code": "12052104",
        "message": "Material is required.",
        "actor": "seller",
        "field": "product_attributes",
        "attribute_id": "100",
        "allowed_values": allowed,
    }
    record = {"outcome": "needs_input", "forms": {"100": {"name": "Material"}}}
    at = "2026-11-24T05:00:00Z"
    return BlockedProduct(SHOP, product_id, "needs_input", at, (reason,), "relist", "A jar", "853000", "Jars", record)


SURE = blocked("1", ("2", "Oak", 0.97), ("1", "Glass", 0.03))
UNSURE = blocked("2", ("1", "Glass", 0.6), ("2", "Oak", 0.4))
SILENT = blocked("3", ("1", "Glass", None), ("2", "Oak", None))


def worklist(*products: BlockedProduct) -> Worklist:
    found = Worklist()
    for each in products:
        found.add(each)
    return found


def imported(content: bytes, products: Sequence[BlockedProduct]) -> ImportPlan:
    answers = read_answers(read_content(content))
    return plan_import(answers, {SHOP}, {(SHOP, each.product_id): each for each in products})


def csv_lines(*products: BlockedProduct) -> list[list[str]]:
    text = io.StringIO(newline="")
    write_csv(worklist(*products), text, 100)
    return list(csv.reader(io.StringIO(text.getvalue())))


def filled(lines: list[list[str]], column: str, **cells: str) -> bytes:
    """The file after a person wrote into `column`; cells are by product id, `all` for the row of all products."""
    head, product = lines[0], lines[0].index("product")
    for line in lines[1:]:
        name = line[product].strip("='\"")
        if (text := cells.get(f"p{name}" if name != "*" else "all")) is not None:
            line[head.index(column)] = text
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def chosen(plan: ImportPlan) -> dict[str, Any]:
    return {job.product_id: job.attributes[0]["values"][0]["id"] for job in plan.jobs}


def test_products_that_rank_the_values_differently_share_a_question() -> None:
    (one,), (other,) = missing_fields_of(SURE), missing_fields_of(UNSURE)
    assert one.question == other.question
    assert [choice.label for choice in one.question.choices] == ["Glass", "Oak"]


def test_a_proposal_has_its_own_columns() -> None:
    head, *rows = csv_lines(SURE, SILENT)
    by_product = {row[head.index("product")].strip("='\""): dict(zip(head, row, strict=True)) for row in rows}
    assert by_product["1"]["proposed answer"] == "Oak"
    assert by_product["1"]["chance of being right"] == "97 %"
    assert by_product["1"]["read in"] == "title: w"
    assert by_product["1"]["answer"] == by_product["1"]["accept proposal"] == ""
    assert by_product["3"]["proposed answer"] == ""


def test_an_unaccepted_proposal_is_not_an_answer() -> None:
    plan = imported(filled(csv_lines(SURE, UNSURE), "answer"), [SURE, UNSURE])
    assert (plan.jobs, plan.unanswered, plan.problems) == ([], 2, [])


def test_one_proposal_is_accepted() -> None:
    plan = imported(filled(csv_lines(SURE, UNSURE), "accept proposal", p2="Yes"), [SURE, UNSURE])
    assert chosen(plan) == {"2": "1"}


def test_all_sure_proposals_are_accepted_together() -> None:
    plan = imported(filled(csv_lines(SURE, UNSURE), "accept proposal", all="yes"), [SURE, UNSURE])
    assert chosen(plan) == {"1": "2"}
    assert plan.unanswered == 1


def test_an_answer_goes_before_an_accepted_proposal() -> None:
    lines = csv_lines(SURE, UNSURE)
    filled(lines, "accept proposal", p1="yes")
    plan = imported(filled(lines, "answer", p1="Glass"), [SURE, UNSURE])
    assert chosen(plan) == {"1": "1"}


def test_accepting_where_nothing_is_proposed_is_refused() -> None:
    plan = imported(filled(csv_lines(SILENT), "accept proposal", p3="yes"), [SILENT])
    assert plan.jobs == []
    assert "there is no proposed answer" in plan.problems[0].message


@pytest.mark.parametrize("text", ["maybe", "Oak"])
def test_a_cell_that_is_neither_yes_nor_no_is_refused(text: str) -> None:
    plan = imported(filled(csv_lines(SURE), "accept proposal", p1=text), [SURE])
    assert plan.jobs == []
    assert "must be yes or no" in plan.problems[0].message


def test_xlsx_accepts_all_sure_proposals_of_a_question() -> None:
    file = io.BytesIO()
    write_xlsx(worklist(SURE, UNSURE), file, 100)
    book = load_workbook(io.BytesIO(file.getvalue()))
    sheet = book["Gaps by value"]
    head = [cell.value for cell in sheet[1]]
    sheet.cell(2, head.index("accept all above 95 %") + 1).value = "yes"
    out = io.BytesIO()
    book.save(out)
    assert chosen(imported(out.getvalue(), [SURE, UNSURE])) == {"1": "2"}


def test_the_proposed_leaf_of_a_split_category_is_accepted_like_a_value() -> None:
    allowed = [
        {"id": "62", "name": "Home > Glass bowls (lies under the old category)", "score": 0.97, "source": "title"},
        {"id": "61", "name": "Home > Wooden bowls (Recommend Category names it)", "score": 0.03},
    ]
    message = "Bowls (6) has subcategories in the v2 tree."
    reason = {"code": "category_undecided", "message": message, "actor": "operator", "field": "category_id",
              "allowed_values": allowed}  # fmt: skip
    record, at = {"outcome": "needs_input"}, "2026-11-24T05:00:00Z"
    split = BlockedProduct(SHOP, "9", "needs_input", at, (reason,), "relist", "Glass bowl", "", "", record)
    lines = csv_lines(split)
    row = dict(zip(lines[0], next(line for line in lines[1:] if line[1].strip("='\"") == "9"), strict=True))
    assert "Glass bowls" in row["proposed answer"]
    assert row["chance of being right"] == "97 %"
    plan = imported(filled(lines, "accept proposal", p9="yes"), [split])
    assert [job.category_id for job in plan.jobs] == ["62"]
