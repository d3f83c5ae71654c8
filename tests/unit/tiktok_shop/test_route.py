"""Which hosts are reached through the proxy."""

from __future__ import annotations

import pytest

from tiktok_shop.route import Route

ROUTE = Route("http://proxy:3128", ("corp.example", ".lan", "10.0.0.5"))


@pytest.mark.parametrize(
    ("host", "through"),
    [
        ("open-api.tiktokglobalshop.com", True),
        ("corp.example", False),
        ("api.corp.example", False),
        ("notcorp.example", True),
        ("db.lan", False),
        ("10.0.0.5", False),
        ("10.0.0.50", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("::1", False),
    ],
)
def test_exceptions_and_this_machine_are_reached_directly(host: str, through: bool) -> None:
    assert ROUTE.proxy_for(host) == ("http://proxy:3128" if through else None)
    assert Route().proxy_for(host) is None


def test_proxy_password_is_not_shown() -> None:
    assert "secret" not in repr(Route("http://user:secret@proxy"))
