"""Sessions of the web UI, kept in Redis so that every gateway knows them and signing out ends them.

A cookie holds a random session ID and nothing else: it reveals nothing about the token, and a copied cookie is useless
after the session has ended. Redis stores a hash of the ID, below a key derived from the token with scrypt, so a new
token ends all sessions. Visitors who are not signed in have an ID as well, for the CSRF token of the login form; it is
not stored.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import scrypt, sha256

from redis_client.connect import AnyRedis

SESSION_SECONDS = 12 * 3600
COOKIE = "relist_session"
ID_BYTES = 32
MAX_COOKIE = 100
SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 12}


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    signed_in: bool


class Sessions:
    def __init__(self, redis: AnyRedis, token: str | None) -> None:
        """Without a token everyone is signed in. Use that only if the web UI listens on loopback."""
        self._redis, self._token = redis, token
        self._prefix = f"relist:web:session:{token_id(token)}:" if token is not None else ""

    @property
    def open_to_all(self) -> bool:
        return self._token is None

    def begin(self) -> Session:
        """Return a new session. It is signed in only if there is no token."""
        return Session(secrets.token_urlsafe(ID_BYTES), self.open_to_all)

    async def sign_in(self) -> Session:
        """Store and return a new signed-in session. Raises RedisError."""
        session = Session(secrets.token_urlsafe(ID_BYTES), signed_in=True)
        await self._redis.execute_command("SET", self._key(session.id), 1, "EX", SESSION_SECONDS)
        return session

    async def end(self, session: Session) -> None:
        """Sign out. Raises RedisError."""
        await self._redis.execute_command("DEL", self._key(session.id))

    async def read(self, cookie: str) -> Session | None:
        """Return the session of a cookie, or None if there is no usable cookie. Raises RedisError."""
        if not cookie or len(cookie) > MAX_COOKIE or not cookie.isascii():
            return None
        if self.open_to_all:
            return Session(cookie, signed_in=True)
        return Session(cookie, bool(await self._redis.execute_command("EXISTS", self._key(cookie))))

    def is_token(self, given: str) -> bool:
        """Compare in constant time."""
        expected = sha256((self._token or "").encode()).digest()
        same = hmac.compare_digest(sha256(given.encode(errors="replace")).digest(), expected)
        return same and self._token is not None

    def csrf(self, session: Session) -> str:
        """Return the value a form must send back. Other sites can neither read the cookie nor guess the value."""
        return sha256(f"csrf|{session.id}".encode()).hexdigest()

    def is_csrf(self, session: Session, given: str) -> bool:
        return given.isascii() and hmac.compare_digest(given, self.csrf(session))

    def _key(self, session_id: str) -> str:
        return self._prefix + sha256(session_id.encode()).hexdigest()


def token_id(token: str) -> str:
    """Return an ID of the token, derived slowly enough that the token cannot be guessed from it."""
    return scrypt(token.encode(), salt=b"relist web sessions", **SCRYPT).hex()
