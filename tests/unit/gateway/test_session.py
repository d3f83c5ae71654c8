"""Session cookies and CSRF tokens."""

from __future__ import annotations

import pytest

from config.addresses import is_loopback
from gateway.web.session import SESSION_SECONDS, Sessions

TOKEN = "correct horse battery"


def test_cookie_is_valid_at_every_gateway_until_it_expires() -> None:
    session = Sessions(TOKEN).begin(1000, signed_in=True)
    cookie = Sessions(TOKEN).cookie(session)
    assert Sessions(TOKEN).read(cookie, 1001) == session
    assert Sessions(TOKEN).read(cookie, 1000 + SESSION_SECONDS) is None
    assert Sessions("another token, as long").read(cookie, 1001) is None


@pytest.mark.parametrize("cookie", ["", ".", "...", "1.9999999999.x.y", "ü.1.2.3", "1.9999999999.x", "x" * 9000])
def test_malformed_cookie_is_rejected(cookie: str) -> None:
    assert Sessions(TOKEN).read(cookie, 0) is None


def test_altered_cookie_does_not_sign_in() -> None:
    sessions = Sessions(TOKEN)
    cookie = sessions.cookie(sessions.begin(0, signed_in=False))
    assert cookie.startswith("0.")
    assert sessions.read("1" + cookie[1:], 1) is None


def test_only_the_exact_token_is_accepted() -> None:
    sessions = Sessions(TOKEN)
    assert sessions.is_token(TOKEN)
    assert not any(sessions.is_token(wrong) for wrong in ("", TOKEN[:-1], TOKEN + " ", "\ud800"))
    assert not Sessions(None).is_token("")


def test_csrf_token_belongs_to_its_session() -> None:
    sessions = Sessions(TOKEN)
    mine, other = sessions.begin(0, signed_in=True), sessions.begin(0, signed_in=True)
    assert sessions.is_csrf(mine, sessions.csrf(mine))
    assert not sessions.is_csrf(mine, sessions.csrf(other))
    assert not sessions.is_csrf(mine, "")
    assert not sessions.is_csrf(mine, "ü")


def test_without_a_token_sessions_use_a_process_key() -> None:
    sessions = Sessions(None)
    session = sessions.begin(0, signed_in=False)
    assert session.signed_in
    assert Sessions(None).read(sessions.cookie(session), 1) is None


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("evil.example", False),
        ("", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_hosts_are_recognised(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
