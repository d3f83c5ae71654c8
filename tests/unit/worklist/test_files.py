"""Worklist files: CSV and XLSX round trips; hostile files are refused."""

from __future__ import annotations

import contextlib
import csv
import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from tables.model import BadTable, Limits
from tables.xlsx import sheets_of
from tables.xlsx_child import MAX_MEMBERS, messages
from tests.support.blocked_records import CATEGORY, CERTIFICATE, MATERIAL, WEIGHT, blocked
from tests.support.examples import at_most
from worklist.collect import Worklist
from worklist.csv_file import write_csv
from worklist.import_file import parse_file
from worklist.sheet import PRODUCT_COLUMNS, QUESTION_COLUMNS, read_answers
from worklist.xlsx_file import write_xlsx

LONG = "1729592969712207008"
HOSTILE = '=HYPERLINK("http://x","y")'


def filled() -> Worklist:
    worklist = Worklist()
    worklist.add(blocked("7", LONG, MATERIAL, title=HOSTILE))
    worklist.add(blocked("8", "2", MATERIAL))
    worklist.add(blocked("8", "3", WEIGHT, CATEGORY, CERTIFICATE, title="bad \x0b control"))
    return worklist


def as_xlsx(worklist: Worklist, most_rows: int = 1000) -> Any:
    file = io.BytesIO()
    write_xlsx(worklist, file, most_rows)
    file.seek(0)
    return load_workbook(file)


def saved(book: Any) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_workbook_has_missing_fields_with_drop_downs() -> None:
    book = as_xlsx(filled())
    assert book.sheetnames == ["Products", "Gaps by value", "Values"]
    assert book["Values"].sheet_state == "hidden"
    rows = [dict(zip(PRODUCT_COLUMNS, row, strict=True)) for row in book["Products"].iter_rows(2, values_only=True)]
    assert len(rows) == 5
    assert [(row["product"], row["attribute"], row["products one answer unlocks"]) for row in rows[:2]] == [
        (LONG, "Material", 2),
        ("2", "Material", 2),
    ]
    assert all(not row["answer"] for row in rows)
    rules = {str(rule.sqref): rule for rule in book["Products"].data_validations.dataValidation}
    assert "H2:H3" in rules
    cells = book["Values"][rules["H2:H3"].formula1.partition("!")[2].replace("$", "")]
    assert [cell.value for (cell,) in cells] == ["Cotton", "Wool"]
    assert rules["H2:H3"].showErrorMessage
    first = dict(zip(QUESTION_COLUMNS, next(book["Gaps by value"].iter_rows(2, values_only=True)), strict=True))
    assert (first["attribute"], first["unlocks products"], first["shops"]) == ("Material", 2, 2)


def test_workbook_has_no_formula_cells() -> None:
    book = as_xlsx(filled())
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert "'" + HOSTILE in [cell.value for cell in cells]


def test_moved_columns_are_found_by_heading() -> None:
    book = as_xlsx(filled())
    sheet = book["Products"]
    sheet["H3"] = "Wool"
    sheet.insert_cols(1)
    book["Gaps by value"]["E2"] = "Cotton"
    answers = parse_file(saved(book))
    assert [(row.where, row.shop_id, row.product_id, row.answer) for row in answers.rows if row.answer] == [
        ("Products, row 3", "8", "2", "Wool")
    ]
    assert answers.rows[0].product_id == LONG
    assert [(each.where, each.answer) for each in answers.for_all] == [("Gaps by value, row 2", "Cotton")]
    assert answers.for_all[0].question == answers.rows[0].question


def test_rows_are_limited_to_the_most_useful() -> None:
    book = as_xlsx(filled(), most_rows=2)
    assert book["Products"].max_row == 4
    assert "3 more rows are left out" in book["Products"]["C4"].value
    assert book["Gaps by value"].max_row == 2


def test_csv_round_trip_keeps_ids_and_disarms_formulas() -> None:
    text = io.StringIO(newline="")
    assert write_csv(filled(), text, 1000) == 5
    content = text.getvalue().encode("utf-8-sig")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(text.getvalue(), newline="")))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    at = rows[0].index("answer")
    assert rows[1][:3] == ["*", "*", "answer once for all 2 products of 2 shops"]
    rows[1][at] = "Wool"
    rows[3][at] = "Cotton"
    for delimiter in ",;\t":
        again = io.StringIO(newline="")
        csv.writer(again, delimiter=delimiter).writerows(rows)
        answers = parse_file(again.getvalue().encode("utf-8-sig"))
        assert [row.product_id for row in answers.rows] == [LONG, "2", "3", "3", "3"]
        assert [(row.where, row.answer) for row in answers.rows if row.answer] == [("row 4", "Cotton")]
        assert [(each.where, each.answer) for each in answers.for_all] == [("row 2", "Wool")]


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def replaced_in(content: bytes, member: str, old: bytes, new: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(file, "w") as out:
        for name in archive.namelist():
            text = archive.read(name)
            out.writestr(name, text.replace(old, new, 1) if name == member else text)
    return file.getvalue()


def entities() -> bytes:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    return replaced_in(saved(as_xlsx(filled())), "xl/worksheets/sheet1.xml", b"<worksheet", bomb + b"<worksheet")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK but no zip", "not an .xlsx"),
        (zipped(nothing=b""), "not an .xlsx"),
        (b"%PDF-1.7", "is a PDF"),
        (b"", "no rows"),
        (b"a,b\n1,2\n", "column shop is missing from the header row; export the worklist again"),
        (zipped(**{f"m{number}": b"" for number in range(MAX_MEMBERS + 1)}), "too large"),
    ],
    ids=["broken zip", "empty zip", "pdf", "nothing", "another table", "many members"],
)
def test_file_that_is_not_a_worklist_is_refused(content: bytes, expected: str) -> None:
    with pytest.raises(BadTable, match=expected):
        parse_file(content)


def test_zip_bomb_is_refused_before_unpacking() -> None:
    bomb = zipped(**{"xl/worksheets/sheet1.xml": b"0" * (Limits().unpacked_bytes + 1)})
    assert len(bomb) < 1024 * 1024
    with pytest.raises(BadTable, match="too large"):
        parse_file(bomb)


def test_workbook_with_xml_entities_is_refused() -> None:
    with pytest.raises(BadTable):
        parse_file(entities())


WHOLE = saved(as_xlsx(filled()))
with zipfile.ZipFile(io.BytesIO(WHOLE)) as whole:
    MEMBERS = {name: whole.read(name) for name in whole.namelist()}


def test_absurd_row_number_is_ignored() -> None:
    content = replaced_in(saved(as_xlsx(filled())), "xl/worksheets/sheet1.xml", b'<row r="3"', b'<row r="9999999999"')
    assert [row.product_id for row in parse_file(content).rows] == [LONG]


def unpack_here(content: bytes) -> None:
    """Reads a workbook as the child process does, but in this process, which is faster."""
    with contextlib.suppress(BadTable):
        read_answers(sheets_of(messages(content, Limits().unpacked_bytes, Limits().columns)))


@given(st.data())
@at_most(40)
def test_workbook_with_changed_bytes_is_read_or_refused(data: st.DataObject) -> None:
    """An exception other than BadTable fails the test."""
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    unpack_here(bytes(content[: data.draw(st.integers(2, len(content)))]))


@given(st.sampled_from(sorted(MEMBERS)), st.data())
@at_most(40)
def test_workbook_with_changed_member_is_read_or_refused(member: str, data: st.DataObject) -> None:
    text = MEMBERS[member]
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.sampled_from([b"", b"<x>", b"</row>", b"\x00", b'"', b"&a;", b"9" * 30, b"r", b't="s"', b"-1"]))
    changed = {**MEMBERS, member: text[:at] + put + text[at + data.draw(st.integers(0, 20)) :]}
    unpack_here(zipped(**changed))


def test_unpacked_limit_is_configurable() -> None:
    bomb = zipped(**{"xl/sharedStrings.xml": b"<si/>" * 1_000_000})
    with pytest.raises(BadTable, match="the limit is 4 MiB unpacked"):
        parse_file(bomb, Limits(unpacked_bytes=4 * 1024 * 1024))


def test_encrypted_workbook_is_refused() -> None:
    locked = bytearray(WHOLE)
    directory = locked.find(b"PK\x01\x02")
    while directory >= 0:
        locked[directory + 8] |= 1
        directory = locked.find(b"PK\x01\x02", directory + 4)
    with pytest.raises(BadTable, match="encrypted"):
        parse_file(bytes(locked))


def test_formula_in_an_answer_is_not_imported() -> None:
    book = as_xlsx(filled())
    book["Products"]["H3"] = HOSTILE
    for row in parse_file(saved(book)).rows:
        assert not row.answer.startswith("=")
