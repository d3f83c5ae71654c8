"""`relist enqueue file`: valid rows are enqueued and each bad row is reported."""

from __future__ import annotations

import contextlib

import click
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.commands.enqueue import read_jobs

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
        ["row 3", "not JSON (str is not valid UTF-8"],
        ["row 4", "not JSON (depth limit exceeded"],
        ["row 6", "job"],
        ["row 7", "product_id"],
        ["row 9", "not JSON (unexpected character, expected a JSON value"],
    ]


def test_bad_csv_rows_are_reported_and_others_pass() -> None:
    rows = [b"7,1", b"7,\xff\xfe", b"7,2,3", b"7", b'7,"' + b"x" * 200_000 + b'"', b"7,\x00", b"", b"7,4"]
    jobs, problems = read_jobs(HEAD + b"\n".join(rows))
    assert [where for where, _ in jobs] == ["row 2", "row 9"]
    assert [problem.partition(" (")[0] for problem in problems] == [
        "row 3: not UTF-8",
        "row 4: 3 cells, but the header has 2",
        "row 5: product_id: missing",
        "row 6: not CSV",
        "row 7: product_id: must be a string of at most 24 digits",
    ]


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
