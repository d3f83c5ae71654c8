"""A command never overwrites cells that people have filled in."""

from pathlib import Path

import click
import pytest
from openpyxl import Workbook

from console.filled_sheet import keep_filled_in, keep_other
from producers.plan_file import header_line, is_plan

COLUMNS = ("answer", "accept proposal")
HEAD = "shop;title;Answer;accept proposal\n"


def sheet(folder: Path, rows: str, name: str = "gaps.csv") -> Path:
    file = folder / name
    file.write_text(rows)
    return file


@pytest.mark.parametrize("row", ["7;Bowl, small;Wool;", "7;Bowl, small;;yes", "7;Bowl, small;#N/A;"])
def test_a_sheet_with_answers_is_kept(tmp_path: Path, row: str) -> None:
    file = sheet(tmp_path, f"{HEAD}{row}\n8;Jar;;\n")
    with pytest.raises(click.ClickException, match=r"gaps\.csv has 1 cell filled in by someone"):
        keep_filled_in(file, COLUMNS, replace=False)
    keep_filled_in(file, COLUMNS, replace=True)


def test_answers_on_the_second_sheet_are_kept(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["shop", "answer"])
    book.create_sheet("Gaps by value").append(["gap", "answer for all"])
    book["Gaps by value"].append(["g1", "Wool"])
    book.save(tmp_path / "gaps.xlsx")
    with pytest.raises(click.ClickException, match="has 1 cell"):
        keep_filled_in(tmp_path / "gaps.xlsx", ("answer", "answer for all"), replace=False)


@pytest.mark.parametrize("content", ["from,to\n1,2\n", "%PDF-1.7", '{"access_token": "x"}\n'])
def test_another_file_is_kept(tmp_path: Path, content: str) -> None:
    with pytest.raises(click.ClickException, match="is not a sheet of this kind"):
        keep_filled_in(sheet(tmp_path, content), COLUMNS, replace=False)


def test_missing_empty_or_unchanged_files_are_replaced(tmp_path: Path) -> None:
    keep_filled_in(tmp_path / "none.csv", COLUMNS, replace=False)
    keep_filled_in(Path("-"), COLUMNS, replace=False)
    keep_filled_in(sheet(tmp_path, ""), COLUMNS, replace=False)
    keep_filled_in(sheet(tmp_path, f"{HEAD}7;Bowl;;\n"), COLUMNS, replace=False)
    decided = sheet(tmp_path, "from,to\nJars,600001\nBowls,\n")
    keep_filled_in(decided, ("to",), replace=False, written=("600001", ""))


def test_a_changed_suggestion_counts_as_filled_in(tmp_path: Path) -> None:
    decided = sheet(tmp_path, "from,to\nJars,600002\nBowls,600003\n")
    with pytest.raises(click.ClickException, match="has 1 cell"):
        keep_filled_in(decided, ("to",), replace=False, written=("600001", "600003"))


def test_a_command_keeps_files_that_it_has_not_written(tmp_path: Path) -> None:
    answers = sheet(tmp_path, f"{HEAD}7;Bowl;Wool;\n")
    with pytest.raises(click.ClickException, match="exists and was not written by this command; choose another name"):
        keep_other(answers, is_plan, replace=False)
    keep_other(answers, is_plan, replace=True)
    plan = tmp_path / "moves.jsonl"
    plan.write_bytes(header_line("plan-1", "2026-11-29T00:00:00Z", 0))
    keep_other(plan, is_plan, replace=False)
    keep_other(tmp_path / "none.jsonl", is_plan, replace=False)
    with pytest.raises(click.ClickException, match="is not a sheet of this kind"):
        keep_filled_in(sheet(tmp_path, "shop,from,to\n*,1,2\n"), ("id", "path"), replace=False, written=None)
    keep_filled_in(sheet(tmp_path, "id,path\n1,Bowls\n"), ("id", "path"), replace=False, written=None)
