"""A plan is shown in words and in groups, and only approved groups are sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from console.main import main
from console.plan_groups import edit_key, groups_of
from console.plan_review import details
from producers.plan_file import entry_line, header_line

RUN = "plan-1"


def edit(number: int, leaf: str = "61", **fields: Any) -> dict[str, Any]:
    return {
        "shop_id": "7", "product_id": str(number), "title": f"Bowl {number}", "old_category": "6", "ready": True,
        "category_id": leaf, "rule": "mapping", "evidence": {}, "warnings": [],
        "changes": [f"category: Bowls (6) → Home > Bowls {leaf}", "attribute Season: Spring, carried"],
        "plan": {"product": "a", "edit": "b"}, **fields,
    }  # fmt: skip


QUESTION = {
    "shop_id": "8", "product_id": "9", "title": "=1+1", "old_category": "6", "ready": False,
    "reasons": [{"code": "attribute_required", "message": "Material is required.", "actor": "seller",
                 "attribute_id": "100", "allowed_values": [{"id": "1", "name": "Oak", "score": 0.97}]}],
}  # fmt: skip
FILLED = edit(4, "62", evidence={"filled": [{"rule": "proposal", "attribute": "Material", "value": "Oak"}]})
ENTRIES = [edit(1), edit(2), edit(3), FILLED, QUESTION]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "moves.jsonl"
    lines = [entry_line(entry, RUN, number) for number, entry in enumerate(ENTRIES, 1)]
    file.write_bytes(b"".join([header_line(RUN, "2026-11-28T00:00:00Z", len(lines)), *lines]))
    return file


def relist(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def decided(sheet: Path, **decisions: str) -> None:
    """Write decisions by group key into the sheet."""
    book = load_workbook(sheet)
    for row in book.active.iter_rows(min_row=2):
        row[1].value = decisions.get(f"k{row[0].value}", row[1].value)
    book.save(sheet)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "REDIS_URL": "redis://127.0.0.1:1",
        "APP_KEY": "k",
        "APP_SECRET": "s",
        "TOKEN_KEY": "k" * 16,
    }.items():
        monkeypatch.setenv(f"RELIST_{name}", value)


def test_products_of_one_decision_are_one_group() -> None:
    first, second, question = groups_of(ENTRIES)
    assert (first.products, first.title, first.why) == (3, "Bowls (6) → Home > Bowls 61", "a row of the mapping file")
    assert details(first) == ["attribute Season: Spring, carried"]
    assert details(second)[0] == "Material: Oak, filled in without asking"
    assert (question.title, details(question)) == ("Material is required.", ["proposed: Oak (97%)"])


def test_the_plan_is_shown_in_words(plan: Path) -> None:
    shown = relist("review", plan)
    assert shown.exit_code == 0
    assert "4 edits in 2 groups; 1 of 5 products not edited, for 1 reason." in shown.output
    assert "3 × Bowls (6) → Home > Bowls 61" in shown.output
    assert "Season: Spring, carried" in shown.output


def test_html_escapes_sellers_texts(plan: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.jsonl"
    line = entry_line(edit(1, title="<script>alert(1)</script>"), RUN, 1)
    hostile.write_bytes(header_line(RUN, "2026-11-28T00:00:00Z", 1) + line)
    page = tmp_path / "plan.html"
    assert relist("review", hostile, page).exit_code == 0
    assert "<script>" not in page.read_text()
    assert "&lt;script&gt;" in page.read_text()


@pytest.mark.usefixtures("settings")
def test_only_approved_groups_are_applied(plan: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "groups.xlsx"
    assert relist("review", plan, sheet).exit_code == 0
    decided(sheet, **{f"k{edit_key(edit(1))}": "approve", f"k{edit_key(FILLED)}": "reject"})
    shown = relist("apply", plan, "--review", sheet, "--show")
    assert shown.exit_code == 0, shown.output
    assert "3 edits approved, 1 rejected, 0 without a decision" in shown.output
    assert "Bowl 1" in shown.output
    assert "Bowl 4" not in shown.output
    again = relist("review", plan, sheet)
    assert again.exit_code == 1
    assert "groups.xlsx has 2 cells filled in by someone" in again.output
    assert relist("review", plan, sheet, "--replace").exit_code == 0
    assert relist("review", plan, sheet).exit_code == 0


@pytest.mark.usefixtures("settings")
def test_groups_without_a_decision_are_not_sent(plan: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "groups.xlsx"
    relist("review", plan, sheet)
    shown = relist("apply", plan, "--review", sheet, "--show")
    assert "0 edits approved, 0 rejected, 4 without a decision" in shown.output


@pytest.mark.usefixtures("settings")
def test_a_sheet_that_does_not_fit_is_refused(plan: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "groups.csv"
    sheet.write_text("group,decision\nother,approve\n")
    refused = relist("apply", plan, "--review", sheet, "--show")
    assert refused.exit_code == 1
    assert "the sheet lacks group" in refused.output
    sheet.write_text(f"group,decision\n{edit_key(edit(1))},perhaps\n{edit_key(FILLED)},\n")
    refused = relist("apply", plan, "--review", sheet, "--show")
    assert "row 2: 'perhaps' must be approve or reject" in refused.output


def test_a_full_disk_is_named(plan: Path, tmp_path: Path) -> None:
    for name in ("full.xlsx", "full.csv", "full.html"):
        (tmp_path / name).symlink_to("/dev/full")
        refused = relist("review", plan, tmp_path / name)
        assert (refused.exit_code, refused.output) == (
            1,
            f"Error: {tmp_path / name} cannot be written: No space left on device\n",
        )


def test_a_name_without_a_known_ending_is_refused(plan: Path, tmp_path: Path) -> None:
    assert "must end in .html, .xlsx or .csv" in relist("review", plan, tmp_path / "plan.pdf").output


def test_a_changed_plan_is_refused(plan: Path) -> None:
    plan.write_bytes(plan.read_bytes().replace(b"Bowl 1", b"Bowl X"))
    assert "was changed after" in relist("review", plan).output
