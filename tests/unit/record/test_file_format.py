from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from record.sqlite.file_format import EDIT_MARK, rows_at_marks, size_of, to_varint, varint


@given(st.integers(0, 2**49 - 1))
def test_varints_are_read_as_they_are_written(value: int) -> None:
    assert varint(to_varint(value), 0) == (value, len(to_varint(value)))


def test_nine_bytes_make_a_signed_number() -> None:
    assert varint(b"\xff" * 9, 0) == (-1, 9)


def test_sizes_of_serial_types() -> None:
    assert [size_of(kind) for kind in (0, 1, 5, 6, 7, 8, 9, 12, 13, 20, 21)] == [0, 1, 6, 8, 8, 0, 0, 0, 0, 4, 4]


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_around_a_mark_are_harmless(before: bytes, after: bytes) -> None:
    for row in rows_at_marks(before + EDIT_MARK + after, EDIT_MARK, lambda _: b""):
        assert isinstance(row[0], int)
