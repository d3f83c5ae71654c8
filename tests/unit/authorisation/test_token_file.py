"""Tokens and codes are read in every published shape, and bad entries are named without their tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authorisation.token_file import BadTokenFile, Entry, read_entries

NOW = 1_800_000_000.0
DATA = {
    "access_token": "TTP_a",
    "access_token_expire_in": 1_800_600_000,
    "refresh_token": "TTR_r",
    "refresh_token_expire_in": 1_831_000_000,
    "seller_name": "Jars",
}
CAMEL = {
    "accessToken": "TTP_a",
    "accessTokenExpireIn": 1_800_600_000,
    "refreshToken": "TTR_r",
    "refreshTokenExpireIn": "1831000000000",
}


def read(content: Any) -> list[Entry]:
    return read_entries((content if isinstance(content, str) else json.dumps(content)).encode(), NOW)


@pytest.mark.parametrize(
    "content",
    [
        {"code": 0, "message": "success", "data": DATA, "request_id": "r"},
        DATA,
        [DATA],
        {"data": CAMEL},
        CAMEL,
        {**DATA, "access_token_expire_in": 600_000, "refresh_token_expire_in": 31_000_000},
        f"\n{json.dumps(DATA)}\n",
        "access token;refresh token;access expires;refresh expires\nTTP_a;TTR_r;1800600000;1831000000\n",
    ],
)
def test_every_published_shape_gives_the_same_tokens(content: Any) -> None:
    (entry,) = read(content)
    assert entry.problem == ""
    assert entry.tokens is not None
    assert (entry.tokens.access_token, entry.tokens.refresh_token) == ("TTP_a", "TTR_r")
    assert (entry.tokens.access_expires, entry.tokens.refresh_expires) == (1_800_600_000, 1_831_000_000)


def test_lines_of_a_file_are_tokens_or_codes_of_named_apps() -> None:
    entries = read("\n".join(map(json.dumps, (DATA, {"auth_code": "TTA_1", "app": "b"}, {"code": "TTA_2"}))))
    assert [(each.where, each.code, each.app) for each in entries] == [
        ("line 1", "", ""),
        ("line 2", "TTA_1", "b"),
        ("line 3", "TTA_2", ""),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            {"code": 36004004, "message": "expired"},
            "it is an error response from the platform (code 36004004: expired)",
        ),
        ({**DATA, "refresh_token": ""}, "refresh_token is missing"),
        ({**DATA, "access_token_expire_in": -1}, "access_token_expire_in must be a unix timestamp"),
        ({"auth_code": "two words"}, "this is not an authorisation code"),
        ([], "not a JSON object"),
    ],
)
def test_bad_entry_is_named_and_the_others_are_read(row: Any, problem: str) -> None:
    bad, good = read([row, DATA])
    assert bad.problem.startswith(problem)
    assert bad.tokens is None
    assert "TTP_a" not in repr(bad)
    assert good.tokens is not None


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}\n{"', "colour,size\nred,1\n"])
def test_file_without_entries_is_refused(content: str) -> None:
    with pytest.raises(BadTokenFile):
        read(content)


def test_a_title_above_the_header_is_skipped() -> None:
    head = "access_token;refresh_token;access_expires;refresh_expires"
    (entry,) = read_entries(f"Tokens of June;;;\n{head}\nTTP_a;TTR_b;{NOW + 60:.0f};{NOW + 90:.0f}\n".encode(), NOW)
    assert (entry.where, entry.problem) == ("row 3", "")


@pytest.mark.parametrize("content", [b"a;b\nTTP_a;TTR_b\n", b"ROW_abcdefghijklmnop\n"])
def test_a_table_without_known_columns_names_them(content: bytes) -> None:
    with pytest.raises(BadTokenFile, match="no known column was found; columns are auth_code"):
        read_entries(content, NOW)
