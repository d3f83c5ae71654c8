"""Nothing that is written can be run by a spreadsheet, and what was written is what is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklist.cells import RUN, UNPRINTABLE, id_cell, plain_text, safe_cell, was_rounded


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1", "'=1", "' =1"])
def test_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text).startswith("'")


@given(st.text(max_size=40))
def test_no_cell_begins_as_a_formula_and_all_come_back(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.lstrip().startswith(RUN)
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
def test_a_cell_is_read_as_what_was_typed(cell: object, text: str) -> None:
    assert plain_text(cell) == text
