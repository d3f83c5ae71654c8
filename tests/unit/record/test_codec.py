from __future__ import annotations

import zlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.codec import event_row, packed_about, packed_edit, read_edit, read_event, read_state, state_row
from record.compression import DICTIONARY_1, FORMAT_DEFLATE_1, deflated, inflated
from record.entry import NewEdit, NewEvent
from record.errors import BadContent
from record.moment import from_micros, to_micros
from record.state import StateChange
from tests.support.record_entries import NOON, an_edit

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=12,
)


def row_of(edit: NewEdit, number: int = 7) -> tuple[object, ...]:
    packed = packed_edit(edit)
    packed.compress()
    return packed.row(number)


@given(st.dictionaries(st.text("abc"), JSON, max_size=5), st.none() | st.dictionaries(st.text("abc"), JSON, max_size=5))
def test_an_edit_is_read_as_it_was_packed(body: dict[str, object], before: dict[str, object] | None) -> None:
    edit = an_edit(edit=body, before=before)
    found = read_edit(row_of(edit))
    assert (found.id, found.edit, found.before) == (7, body, before)


def test_changes_are_read_as_written_and_empty_in_older_entries() -> None:
    assert read_edit(row_of(an_edit(changes=("brand: none → 7",)))).changes == ("brand: none → 7",)
    older = packed_edit(an_edit())
    assert b"changes" not in older.plain
    assert read_edit(row_of(an_edit())).changes == ()


@pytest.mark.parametrize("level", [1, 6, 9])
def test_content_that_zlib_compressed_is_read(level: int) -> None:
    """As before isal, and on platforms without it."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -14, 7, zdict=DICTIONARY_1)
    plain = b'{"rule":"own_leaf"}' * 500
    assert inflated(FORMAT_DEFLATE_1 + packer.compress(plain) + packer.flush()) == plain
    assert inflated(deflated(plain)) == plain


@given(st.data())
def test_every_flipped_bit_of_a_row_is_found(data: st.DataObject) -> None:
    row = list(row_of(an_edit()))
    column = data.draw(st.integers(0, len(row) - 1))
    value = row[column]
    if isinstance(value, int):
        row[column] = value ^ (1 << data.draw(st.integers(0, 50)))
    else:
        raw = bytearray(value if isinstance(value, bytes) else str(value).encode())
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        row[column] = bytes(raw) if isinstance(value, bytes) else raw.decode("utf-8", "surrogateescape")
    with pytest.raises(BadContent):
        read_edit(tuple(row))


def test_an_event_of_another_edit_is_detected() -> None:
    row = list(event_row(NewEvent(7, NOON, "answered"), 1, packed_about({"request_id": "r"})))
    assert read_event(tuple(row)).about == {"request_id": "r"}
    row[1] = 8
    with pytest.raises(BadContent, match="checksum"):
        read_event(tuple(row))


def test_a_state_of_another_product_is_detected() -> None:
    row = list(state_row(StateChange(NOON, "1", "2", "queued")))
    assert read_state(tuple(row)).state == "queued"
    row[1] = "3"
    with pytest.raises(BadContent, match="checksum"):
        read_state(tuple(row))


def test_columns_of_another_type_are_damage() -> None:
    row = list(row_of(an_edit()))
    row[7] = None
    with pytest.raises(BadContent, match="columns"):
        read_edit(tuple(row))


def test_content_is_copied_when_it_is_packed() -> None:
    before = {"title": "Kettle"}
    packed = packed_edit(an_edit(before=before))
    before["title"] = "changed afterwards"
    packed.compress()
    assert read_edit(packed.row(1)).before == {"title": "Kettle"}


def test_times_keep_their_microseconds() -> None:
    at = NOON.replace(microsecond=123_457)
    assert from_micros(to_micros(at)) == at
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 11, 27))
