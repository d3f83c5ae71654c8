"""Cells are safe for spreadsheets and are read back unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tables.cells import BLANKS, text_cell
from tables.model import BadCell
from worklist.cells import FORMULA_PREFIXES, UNPRINTABLE, csv_cell, id_cell, safe_cell, unescape


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1", "'=1", "' =1"])
def test_formula_is_written_as_text(text: str) -> None:
    assert safe_cell(text).startswith("'")


@given(st.text(max_size=40))
def test_safe_cell_is_not_a_formula_and_round_trips(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.lstrip().startswith(FORMULA_PREFIXES)
    read = text_cell(cell)
    assert isinstance(read, BadCell) or read == UNPRINTABLE.sub("", text).strip(BLANKS)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|", "\n", "; "])
def test_no_formula_begins_after_any_separator(separator: str) -> None:
    cell = csv_cell(f"Kettle{separator}=HYPERLINK(1)")
    assert cell == f"Kettle{separator}'=HYPERLINK(1)"


@given(st.text(alphabet=";,|\t '=+-@ab\n", max_size=20))
def test_csv_cell_round_trips(text: str) -> None:
    assert unescape(csv_cell(text).removeprefix("'")) == safe_cell(text).removeprefix("'")


def test_ids_survive_a_spreadsheet() -> None:
    assert id_cell("1729592969712207008") == "'1729592969712207008"
    assert text_cell(id_cell("1729592969712207008")) == "1729592969712207008"
    assert id_cell("7494") == "7494"
