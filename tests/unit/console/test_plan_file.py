"""A plan file is applied only if it is unchanged since `relist plan` wrote it."""

from __future__ import annotations

import io
from collections.abc import Callable

import orjson
import pytest

from producers.plan_file import MAX_LINE_BYTES, BadPlan, entry_line, header_line, read_plan

RUN = "plan-1"
ENTRIES = [
    {"shop_id": "7", "product_id": str(number), "ready": True, "category_id": "853000", "plan": {"product": "a"}}
    for number in (1, 2, 3)
]


def lines() -> list[bytes]:
    entries = [entry_line(entry, RUN, number) for number, entry in enumerate(ENTRIES, 1)]
    return [header_line(RUN, "2026-11-27T00:00:00Z", len(entries)), *entries]


def read(*given: bytes) -> list[str]:
    return [entry["product_id"] for entry in read_plan(io.BytesIO(b"".join(given))).entries]


def changed(row: bytes, /, **values: object) -> bytes:
    return orjson.dumps({**orjson.loads(row), **values}) + b"\n"


def test_written_plan_is_read() -> None:
    assert read(*lines()) == ["1", "2", "3"]


def test_formatting_is_not_a_change() -> None:
    head, *rest = lines()
    reordered = dict(reversed(orjson.loads(rest[0]).items()))
    assert read(head, orjson.dumps(reordered) + b"\r\n", *rest[1:]) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "change",
    [{"plan": "yes"}, {"shop_id": "8"}, {"plan": {"product": "b"}}, {"ready": False}, {"line": 9}, {"checksum": None}],
)
def test_changed_line_is_refused_by_its_row(change: dict[str, object]) -> None:
    head, first, second, third = lines()
    with pytest.raises(BadPlan, match="row 3 was changed"):
        read(head, first, changed(second, **change), third)


@pytest.mark.parametrize("change", [{"lines": 2}, {"run_id": "plan-2"}, {"at": ""}])
def test_changed_header_is_refused(change: dict[str, object]) -> None:
    head, *rest = lines()
    with pytest.raises(BadPlan, match="row 1 was changed"):
        read(changed(head, **change), *rest)


def test_line_of_another_plan_is_refused() -> None:
    with pytest.raises(BadPlan, match=r"row 5 was changed .* or belongs to another plan"):
        read(*lines(), entry_line(ENTRIES[0], "plan-2", 4))


def test_repeated_line_is_refused() -> None:
    with pytest.raises(BadPlan, match="row 5 repeats row 2"):
        read(*lines(), lines()[1])


def test_missing_lines_are_counted() -> None:
    assert read_plan(io.BytesIO(b"".join(lines()[:2]))).missing == 2


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda head: b"", "not a plan"),
        (lambda head: b"shop;product\n", "this is not a plan: `relist plan` writes one"),
        (lambda head: b'[{"access_token": "x"}]', "this is not a plan: `relist plan` writes one"),
        (lambda head: changed(head, plan=1), "not a plan of this version"),
        (lambda head: head + b'{"cut', "row 2 is not JSON"),
        (lambda head: head + b"[]\n", "row 2 is not a plan line"),
        (lambda head: b"\x00" * (MAX_LINE_BYTES + 1), "row 1 is too long"),
    ],
)
def test_damaged_file_is_refused(damage: Callable[[bytes], bytes], expected: str) -> None:
    with pytest.raises(BadPlan, match=expected):
        read(damage(lines()[0]))
