"""CSV of any encoding and dialect is read to the same cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tables.csv_text import read_csv
from tables.encoding import decode
from tables.model import BadCell, BadTable
from tables.reader import read_content

TEXT = "shop{0}title\r\n7{0}Crème brûlée\r\n"
CELLS = [("shop", "title"), ("7", "Crème brûlée")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_and_delimiters_are_detected(delimiter: str, encoding: str) -> None:
    (sheet,) = read_content(TEXT.format(delimiter).encode(encoding))
    assert [row.cells for row in sheet.rows] == CELLS


def test_blanks_apostrophes_and_empty_rows_are_removed() -> None:
    sheet = read_csv('shop, title\n\n \'7 , "a, b"\n,,\n\u00a08\u00a0,c\n')
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (1, ("shop", "title")),
        (3, ("7", "a, b")),
        (5, ("8", "c")),
    ]


def test_declared_separator_is_used_and_rows_keep_their_numbers() -> None:
    sheet = read_csv("sep=;\nshop;title, long\n7;a,b\n")
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ("shop", "title, long")), (3, ("7", "a,b"))]


def test_unclosed_quotation_mark_is_a_problem_of_its_row() -> None:
    first, second = read_csv('shop,title\n7,"open\n8,b\n').rows
    assert first.problem == ""
    assert "not CSV" in second.problem


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "#WERT!", "#¡REF!", "Err:502"])
def test_spreadsheet_errors_are_bad_cells(error: str) -> None:
    assert read_csv(f"a,{error}\n").rows[0].cells == ("a", BadCell(f"{error} is a spreadsheet error"))


@pytest.mark.parametrize("text", ["#1 seller!", "# comment", "#blue", "N/A"])
def test_ordinary_text_is_not_an_error(text: str) -> None:
    assert read_csv(f"a;{text}\n").rows[0].cells == ("a", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('="7494"', "7494"),
        ('= "7494"', '= "7494"'),
        ("\u200e7494\u202c", "7494"),
        ("\u2066'7494\u2069", "7494"),
        ('="a"&"b"', '="a"&"b"'),
        ("'=1+1", "=1+1"),
    ],
)
def test_marks_that_exports_add_to_keep_an_id_as_text_are_removed(text: str, shown: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    assert read_csv(f"a;{quoted}\n").rows[0].cells == ("a", shown)
    assert read_csv(f"a;{text}\n").rows[0].cells == ("a", shown)


def test_too_many_rows_are_refused() -> None:
    assert len(read_csv("1\n" * 100, 100).rows) == 100
    with pytest.raises(BadTable, match="more than 100 rows; split it"):
        read_csv("1\n" * 101, 100)


@given(st.binary(max_size=400))
def test_any_bytes_are_decoded_and_read(content: bytes) -> None:
    try:
        text = decode(content)
    except BadTable:
        return
    for row in read_csv(text).rows:
        assert row.problem or any(row.cells)


@pytest.mark.parametrize(
    ("encoding", "answer"),
    [("gbk", "红色"), ("gbk", "是"), ("cp932", "はい"), ("cp874", "ใช่"), ("cp1258", "Ma\u0300u \u0111o\u0309"),
     ("cp1251", "Да!"), ("mac_roman", "Crème brûlée à la carte")],
)  # fmt: skip
def test_letters_of_an_unknown_encoding_make_their_cells_unusable(encoding: str, answer: str) -> None:
    (sheet,) = read_content(f"shop;answer\r\n7;{answer}\r\n8;Wool\r\n".encode(encoding))
    cell = sheet.rows[1].cells[1]
    assert isinstance(cell, BadCell)
    assert "save the file as .xlsx, or as CSV with the encoding UTF-8" in cell.problem
    assert sheet.rows[2].cells == ("8", "Wool")


@pytest.mark.parametrize(
    "answer",
    [
        "Algodão, coleção",
        "ALGODÃO",
        "Größe L – 5 €",
        "créée à l’été",
        "Sí, ¿qué?",
        "20 °C ± 1 µm, ½",
        "È vero…",
        "“Naïve” œuvre",
    ],
)
def test_western_words_are_read(answer: str) -> None:
    (sheet,) = read_content(f"shop;answer\r\n7;{answer}\r\n".encode("cp1252"))
    assert sheet.rows[1].cells == ("7", answer)


def test_damaged_letters_are_named_with_their_cell() -> None:
    (sheet,) = read_content("\ufeffshop;answer\n".encode() + "7;Algodón\n".encode("cp1252"))
    assert isinstance(sheet.rows[1].cells[1], BadCell)


def test_binary_files_are_refused() -> None:
    with pytest.raises(BadTable, match="not a table"):
        read_content(b"\x89PNG\r\n\x1a\n\x00\x01\x02" + bytes(range(255, 0, -1)))


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_declared_separator_ends_with_any_line_end(end: str) -> None:
    assert [row.cells for row in read_csv(f"sep=;{end}a;b{end}1,5;2{end}").rows] == [("a", "b"), ("1,5", "2")]
