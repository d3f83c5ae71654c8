"""The platform's token response is read or refused."""

from __future__ import annotations

import pytest

from tiktok_shop import errors
from token_store.token_response import parse_token_response


@pytest.mark.parametrize("missing", ["access_token", "refresh_token", "access_token_expire_in"])
def test_incomplete_token_response_is_refused(missing: str) -> None:
    whole = {
        "access_token": "a",
        "access_token_expire_in": 1660556783,
        "refresh_token": "r",
        "refresh_token_expire_in": 1691487031,
    }
    assert "token=" not in repr(parse_token_response(whole))
    with pytest.raises(errors.MalformedResponse):
        parse_token_response({name: value for name, value in whole.items() if name != missing})
