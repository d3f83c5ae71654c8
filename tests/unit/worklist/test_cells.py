"""Cells are safe for spreadsheets and are read back unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklist.cells import FORMULA_PREFIXES, UNPRINTABLE, id_cell, plain_text, safe_cell, was_rounded


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1", "'=1", "' =1"])
def test_formula_is_written_as_text(text: str) -> None:
    assert safe_cell(text).startswith("'")


@given(st.text(max_size=40))
def test_safe_cell_is_not_a_formula_and_round_trips(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.lstrip().startswith(FORMULA_PREFIXES)
    assert plain_text(cell) == UNPRINTABLE.sub("", text).strip()


def test_ids_survive_a_spreadsheet() -> None:
    assert id_cell("1729592969712207008") == "'1729592969712207008"
    assert plain_text(id_cell("1729592969712207008")) == "1729592969712207008"
    assert id_cell("7494") == "7494"
    assert was_rounded("1.72959E+18")
    assert not was_rounded("1729592969712207008")


@pytest.mark.parametrize(
    ("cell", "text"), [(None, ""), (12, "12"), (12.0, "12"), (0.5, "0.5"), (True, "TRUE"), (" Cotton ", "Cotton")]
)
def test_cell_is_read_as_typed(cell: object, text: str) -> None:
    assert plain_text(cell) == text
