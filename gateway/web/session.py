"""Who is at the page: a signed cookie, and the token every form must send back. Pure apart from the clock and chance.

The cookie is `<signed in>.<expiry>.<nonce>.<mac>` under a key made from the page's token, so it holds at every gateway
with the same token, nothing is stored, and a new token ends all sessions.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

LIFE_SECONDS = 12 * 3600
COOKIE = "relist_session"


@dataclass(frozen=True, slots=True)
class Session:
    signed_in: bool
    expires: int
    nonce: str


class Sessions:
    def __init__(self, token: str | None) -> None:
        """Without a token everybody is signed in: for a page only this machine can reach."""
        self._token = token
        secret = token.encode() if token is not None else secrets.token_bytes(32)
        self._key = hmac.digest(secret, b"relist page session", "sha256")

    @property
    def open_to_all(self) -> bool:
        return self._token is None

    def begin(self, now: float, *, signed_in: bool) -> Session:
        return Session(signed_in or self.open_to_all, int(now) + LIFE_SECONDS, secrets.token_urlsafe(18))

    def cookie(self, session: Session) -> str:
        text = f"{int(session.signed_in)}.{session.expires}.{session.nonce}"
        return f"{text}.{self._mac('cookie', text)}"

    def read(self, cookie: str, now: float) -> Session | None:
        """None for a cookie that is forged, broken or too old."""
        text, _, mac = cookie.rpartition(".")
        if not cookie.isascii() or not hmac.compare_digest(mac, self._mac("cookie", text)):
            return None
        signed_in, expires, nonce = text.split(".")
        return Session(signed_in == "1", int(expires), nonce) if int(expires) > now else None

    def is_token(self, given: str) -> bool:
        """In constant time, whatever is given."""
        expected = sha256((self._token or "").encode()).digest()
        same = hmac.compare_digest(sha256(given.encode(errors="replace")).digest(), expected)
        return same and self._token is not None

    def csrf(self, session: Session) -> str:
        return self._mac("csrf", session.nonce)

    def is_csrf(self, session: Session, given: str) -> bool:
        return given.isascii() and hmac.compare_digest(given, self.csrf(session))

    def _mac(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}|{text}".encode(), "sha256").hexdigest()
