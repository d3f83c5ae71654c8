"""Sessions of the web UI: a signed cookie, and the CSRF token every form must send back.

The cookie is `<signed in>.<expiry>.<nonce>.<mac>`, signed with a key derived from the token of the web UI. It is valid
at every gateway with the same token, nothing is stored, and a new token ends all sessions.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

SESSION_SECONDS = 12 * 3600
COOKIE = "relist_session"


@dataclass(frozen=True, slots=True)
class Session:
    signed_in: bool
    expires: int
    nonce: str


class Sessions:
    def __init__(self, token: str | None) -> None:
        """Without a token everyone is signed in. Use that only if the web UI listens on loopback."""
        self._token = token
        secret = token.encode() if token is not None else secrets.token_bytes(32)
        self._key = hmac.digest(secret, b"relist page session", "sha256")

    @property
    def open_to_all(self) -> bool:
        return self._token is None

    def begin(self, now: float, *, signed_in: bool) -> Session:
        return Session(signed_in or self.open_to_all, int(now) + SESSION_SECONDS, secrets.token_urlsafe(18))

    def cookie(self, session: Session) -> str:
        text = f"{int(session.signed_in)}.{session.expires}.{session.nonce}"
        return f"{text}.{self._mac('cookie', text)}"

    def read(self, cookie: str, now: float) -> Session | None:
        """Return the session, or None if the cookie is forged, malformed or expired."""
        text, _, mac = cookie.rpartition(".")
        if not cookie.isascii() or not hmac.compare_digest(mac, self._mac("cookie", text)):
            return None
        signed_in, expires, nonce = text.split(".")
        return Session(signed_in == "1", int(expires), nonce) if int(expires) > now else None

    def is_token(self, given: str) -> bool:
        """Compare in constant time."""
        expected = sha256((self._token or "").encode()).digest()
        same = hmac.compare_digest(sha256(given.encode(errors="replace")).digest(), expected)
        return same and self._token is not None

    def csrf(self, session: Session) -> str:
        return self._mac("csrf", session.nonce)

    def is_csrf(self, session: Session, given: str) -> bool:
        return given.isascii() and hmac.compare_digest(given, self.csrf(session))

    def _mac(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}|{text}".encode(), "sha256").hexdigest()
