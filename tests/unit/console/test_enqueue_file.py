"""`relist enqueue file`: valid rows are enqueued and each bad row is reported."""

from __future__ import annotations

import contextlib

import click
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.product_file import read_jobs

HEAD = b"shop_id,product_id\n"
GOOD = b'{"shop_id":"7","product_id":"1"}'


def test_bad_json_lines_are_reported_and_others_pass() -> None:
    lines = [
        GOOD,
        b"{",
        b"\xff",
        b"[" * 5000,
        b"",
        b"null",
        b'{"shop_id":"7","product_id":"1\xe2\x80\xa8"}',
        GOOD,
        b"\x00",
    ]
    jobs, problems = read_jobs(b"\n".join(lines))
    assert [where for where, _ in jobs] == ["row 1", "row 8"]
    said = [problem.split(": ")[:2] for problem in problems]
    assert said == [
        ["row 2", "not JSON (unexpected end of data"],
        ["row 3", "not JSON (unexpected character, expected a JSON value"],
        ["row 4", "not JSON (depth limit exceeded"],
        ["row 6", "job"],
        ["row 7", "product_id"],
        ["row 9", "not JSON (unexpected character, expected a JSON value"],
    ]


def test_bad_csv_rows_are_reported_and_others_pass() -> None:
    rows = [b"7,1", b"7,\xff\xfe", b"7,2,3", b"7", b'7,"' + b"x" * 200_000 + b'"', b"7,\x00", b"", b"7,4", b"7,#N/A"]
    jobs, problems = read_jobs(HEAD + b"\n".join(rows))
    assert [where for where, _ in jobs] == ["row 2", "row 9"]
    assert sorted(problem.partition(" (")[0] for problem in problems) == [
        "row 10: column B",
        "row 3: column B",
        "row 4: 3 cells, but the header has 2: give column C a heading, or quote cells with separators",
        "row 5: product_id: missing",
        "row 6: not CSV",
        "row 7: product_id: must be a string of at most 24 digits",
    ]


def test_spreadsheet_dialects_are_read() -> None:
    table = "Shop ID;product-id;Attributes;dry run\r\n'7; '1729592969712207008 ;;TRUE\r\n"
    for content in (table.encode("utf-16"), table.replace(";", "\t").encode(), table.encode("cp1252")):
        ((_, job),), problems = read_jobs(content)
        assert (job.shop_id, job.id, job.dry_run, problems) == ("7", "1729592969712207008", True, [])


def test_rounded_ids_are_named_and_genuine_round_ids_pass() -> None:
    rounded = HEAD + b"7,1729592969712200000\n7,1.73E+18\n7,12\n"
    jobs, problems = read_jobs(rounded)
    assert [job.id for _, job in jobs] == ["12"]
    assert [problem.partition(":")[0] for problem in problems] == ["row 2", "row 3"]
    assert all("a spreadsheet has rounded the ID" in problem for problem in problems)
    jobs, problems = read_jobs(HEAD + b"7,1729592969712200000\n7,1729592969712207008\n")
    assert (len(jobs), problems) == (2, [])


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"PK\x03\x04", b"\x00", b"shop_id,product_id,shop_id\n7,1,8\n"])
def test_file_that_is_not_a_product_list_is_refused(content: bytes) -> None:
    with pytest.raises(click.ClickException):
        read_jobs(content)


def test_byte_order_mark_is_ignored() -> None:
    for content in (HEAD + b"7,1\n", GOOD):
        jobs, problems = read_jobs(b"\xef\xbb\xbf" + content)
        assert (len(jobs), problems) == (1, [])


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, with_head: bool) -> None:
    """An exception other than ClickException fails the test."""
    with contextlib.suppress(click.ClickException):
        _, problems = read_jobs(HEAD + content if with_head else content)
        assert orjson.dumps(problems), "problems must be printable as JSON"
