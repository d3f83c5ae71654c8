"""XLSX cells are read as displayed, in a process whose memory and time are limited."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tables.model import BadCell, BadTable, Cell, Limits
from tables.reader import as_csv, read_content, read_file


def workbook(*rows: list[Any], formats: dict[str, str] | None = None) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    for coordinate, number_format in (formats or {}).items():
        sheet[coordinate].number_format = number_format
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cells(*row: Any, **formats: str) -> tuple[Cell, ...]:
    return read_content(workbook(list(row), formats=formats))[0].rows[0].cells


def test_values_are_read_as_shown() -> None:
    day, moment = date(2024, 1, 22), datetime(2024, 1, 22, 9, 5)
    shown = cells(
        "'7", 12, 12.0, 0.5, 0.25, day, moment, day, 1.729592969712207e18, True,
        E1="0%", F1="dd/mm/yyyy", G1="d.m.yy hh:mm", H1="yyyy-mm-dd",
    )  # fmt: skip
    assert shown == (
        "7", "12", "12", "0.5", "25%", "22/01/2024", "22.1.24 09:05", "2024-01-22", "1.72959296971221e+18", "TRUE"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("number_format", "shown"),
    [("dd/mm/yyyy;@", "22/01/2024"), ("[$-409]d\\/m\\/yyyy;@", "22/1/2024"), ("yyyy\\-mm\\-dd", "2024-01-22"),
     ("d-mmm-yy", None), ("dddd, dd/mm/yyyy", None), ("[$-F800]dd/mm/yyyy", None), ("mmmm yyyy", None)],
)  # fmt: skip
def test_dates_are_read_as_shown_or_refused(number_format: str, shown: str | None) -> None:
    (cell,) = cells(date(2024, 1, 22), A1=number_format)
    assert cell == shown if shown else isinstance(cell, BadCell)


def test_leading_zeros_and_escaped_characters_are_read_as_shown() -> None:
    assert cells(1234, "one_x000D_\ntwo", "a_x005F_b", A1="000000") == ("001234", "one\ntwo", "a_b")


def merged(*ranges: str) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["Title"], ["id", "answer", "note"], ["1", "Wool", "a"], ["2", None, "b"], ["3", None], ["4", "Silk"]):
        sheet.append(row)
    for each in ranges:
        sheet.merge_cells(each)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def prefixed(content: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with a change in the XML of its sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(file, "w") as target:
        for each in source.namelist():
            target.writestr(each, source.read(each).replace(old, new))
    return file.getvalue()


@pytest.mark.parametrize("quote", [b'"', b"'"])
def test_a_cell_that_shows_the_value_of_one_above_is_refused(quote: bytes) -> None:
    content = prefixed(merged("B3:C5", "A1:C1"), b'ref="B3:C5"', b"ref=" + quote + b"B3:C5" + quote)
    (sheet,) = read_content(content)
    found = {
        row.number: [each.problem if isinstance(each, BadCell) else each for each in row.cells] for row in sheet.rows
    }
    why = "it is merged with row 3; undo the merge and fill in each cell"
    assert found == {
        1: ["Title"],
        2: ["id", "answer", "note"],
        3: ["1", "Wool"],
        4: ["2", why, why],
        5: ["3", why, why],
        6: ["4", "Silk"],
    }


def test_rows_without_another_cell_stay_empty_however_far_a_merge_reaches() -> None:
    reaching = prefixed(merged("B6:B7"), b'ref="B6:B7"', b'ref="B6:B1048576"')
    (sheet,) = read_content(reaching)
    assert [row.number for row in sheet.rows] == [1, 2, 3, 4, 5, 6]


def test_formulas_are_found_behind_any_prefix() -> None:
    written = workbook(["=1+1"])
    with zipfile.ZipFile(io.BytesIO(written)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    prefixed = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", sheet).replace('xmlns="', 'xmlns:x="')
    (cell,) = read_content(replaced(written, "xl/worksheets/sheet1.xml", prefixed.encode()))[0].rows[0].cells
    assert isinstance(cell, BadCell)
    assert "no calculated value" in cell.problem


def test_cells_without_a_known_value_give_the_reason() -> None:
    error, local_date, formula, clock = cells("#N/A", date(2024, 1, 22), "=1+1", time(9, 5), B1="mm-dd-yy")
    assert error == BadCell("#N/A is a spreadsheet error")
    for cell, reason in ((local_date, "date"), (formula, "no calculated value"), (clock, "is a time")):
        assert isinstance(cell, BadCell)
        assert reason in cell.problem


def test_rows_keep_their_numbers_and_empty_ones_are_skipped() -> None:
    (sheet,) = read_content(workbook(["a"], [None], ["", "b"]))
    assert [(row.number, row.cells) for row in sheet.rows] == [(1, ("a",)), (3, ("", "b"))]
    assert as_csv(sheet) == '"a"\n\n"","b"\n'


def replaced(content: bytes, member: str, new: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name in archive.namelist():
            out.writestr(name, new if name == member else archive.read(name))
    return file.getvalue()


def styles(count: int) -> bytes:
    head = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'
    return head + b"<xf/>" * count + b"</cellXfs></styleSheet>"


@pytest.mark.parametrize(
    ("count", "expected"), [(5_000_000, "too many cell formats"), (1_500_000, "too much memory|not an .xlsx")]
)
def test_styles_bomb_is_refused(count: int, expected: str) -> None:
    bomb = replaced(workbook(["a"]), "xl/styles.xml", styles(count))
    assert len(bomb) < 60_000
    with pytest.raises(BadTable, match=expected):
        read_content(bomb, Limits(memory_bytes=200 * 1024**2))


def test_unpacking_has_a_time_limit() -> None:
    with pytest.raises(BadTable, match="memory or time"):
        read_content(workbook(["a"]), Limits(seconds=0.01))


def test_files_are_bounded_even_if_they_are_endless() -> None:
    with pytest.raises(BadTable, match="the limit is 32 MiB"):
        read_file(Path("/dev/zero"))


def test_old_workbooks_are_refused_with_advice() -> None:
    with pytest.raises(BadTable, match=r"save it as \.xlsx"):
        read_content(b"\xd0\xcf\x11\xe0 rest")


def test_visible_sheets_come_first() -> None:
    book = Workbook()
    book.worksheets[0].append(["lists"])
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("Data").append(["shop_id"])
    file = io.BytesIO()
    book.save(file)
    assert [sheet.name for sheet in read_content(file.getvalue())] == ["Data", "Sheet"]


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name, content in members.items():
            written.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
        (archive(xl__workbook_dot_bin=b"x"), "binary workbook"),
        (
            archive(xl__workbook_dot_xml=b'<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'),
            "Strict Open XML",
        ),
        (archive(a_dot_txt=b"x"), "damaged, or not an .xlsx; open it"),
        (b"\n <HTML><table></table>", "web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "web page or XML"),
    ],
)
def test_other_formats_are_named(content: bytes, problem: str) -> None:
    with pytest.raises(BadTable, match=problem) as refused:
        read_content(content)
    assert "\n" not in str(refused.value)
