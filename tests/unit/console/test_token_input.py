"""Tokens from options and standard input are combined, and errors name the field."""

from __future__ import annotations

import json

import pytest

from console.token_input import BadTokens, read_tokens
from token_store.token_response import Tokens

NOW = 1_800_000_000
RESPONSE = {
    "code": 0,
    "message": "success",
    "data": {
        "access_token": "TTP_a",
        "access_token_expire_in": 1660556783,
        "refresh_token": "TTP_r",
        "refresh_token_expire_in": 1691487031,
        "seller_base_region": "ID",
    },
    "request_id": "2022",
}
OWN = {"access_token": "TTP_a", "refresh_token": "TTP_r", "access_expires": 1660556783, "refresh_expires": 1691487031}
TOKENS = Tokens("TTP_a", "TTP_r", 1660556783, 1691487031)


@pytest.mark.parametrize("body", [RESPONSE, RESPONSE["data"], OWN])
def test_platforms_response_is_accepted_unchanged(body: object) -> None:
    assert read_tokens({}, json.dumps(body), NOW) == TOKENS


def test_options_take_precedence() -> None:
    assert read_tokens({"refresh_token": "other"}, json.dumps(OWN), NOW).refresh_token == "other"
    options = {name: value for name, value in RESPONSE["data"].items() if name != "seller_base_region"}  # type: ignore[attr-defined]
    assert read_tokens(options, "", NOW) == TOKENS


@pytest.mark.parametrize(
    ("options", "piped", "problem"),
    [
        ({}, "", "--access-token is missing"),
        ({"access_token": "a", "refresh_token": "r"}, "", "--access-expires is missing"),
        ({}, "{", "standard input is not JSON"),
        ({}, "[]", "not a JSON object"),
        ({}, '{"code": 36004004, "message": "expired"}', "error response from the platform"),
        ({}, json.dumps({**OWN, "access_expires": 0}), "access_expires must be a unix timestamp"),
        ({"access_token_expire_in": 10**15}, json.dumps(OWN), "access_token_expire_in must be a unix timestamp"),
    ],
)
def test_problem_is_named(options: dict[str, object], piped: str, problem: str) -> None:
    with pytest.raises(BadTokens, match=problem):
        read_tokens(options, piped, NOW)
