"""The table of error codes is complete, and a bad file is refused in one line."""

from __future__ import annotations

import pytest

from facts.error_codes import CLASSES, BadErrorCodesFile, parse_error_codes, platform_error_codes
from tiktok_shop.errors import ERROR_TYPES

GROUP = """
[[group]]
class = "transient"
actor = "platform"
remedy = "Try again."
source = "test"
date = 2026-11-27
confidence = "operator"
[group.codes]
77 = "down"
"""


def test_every_class_has_an_error_type() -> None:
    assert set(ERROR_TYPES) == set(CLASSES)


def test_every_code_ends_in_an_entry_for_any_message() -> None:
    codes = platform_error_codes()
    assert len(codes.entries) > 200
    assert all(codes.find(code, "any message at all") for code in codes.entries)


def test_first_matching_entry_wins() -> None:
    codes = parse_error_codes(GROUP.replace("date", "message = 'busy'\ndate") + GROUP.replace("transient", "throttled"))
    busy, other = codes.find(77, "Too BUSY"), codes.find(77, "other")
    assert busy is not None
    assert other is not None
    assert (busy.error_class, other.error_class) == ("transient", "throttled")
    assert codes.find(78) is None


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[[group]]", "[[group", "not valid TOML"),
        ("[[group]]", "[[groups]]", "unknown table groups"),
        ('class = "transient"', 'class = "wait"', "class must be one of"),
        ('class = "transient"', "", "class must be a string"),
        ('actor = "platform"', 'actor = "us"', "actor must be one of"),
        ("date = 2026-11-27", 'date = "today"', "date must be a date"),
        ('77 = "down"', 'x77 = "down"', "x77 is not an error code"),
        ('77 = "down"', "77 = 1", "code 77: the meaning"),
        ('77 = "down"', "", "codes must be a table"),
        ('source = "test"', 'source = "test"\nseverity = 1', "unknown field severity"),
        ('source = "test"', "source = 'test'\nmessage = '('", "not a regular expression"),
    ],
)
def test_bad_file_is_refused_in_one_line(old: str, new: str, problem: str) -> None:
    with pytest.raises(BadErrorCodesFile, match=problem) as refused:
        parse_error_codes(GROUP.replace(old, new, 1))
    assert "\n" not in str(refused.value)
