"""Sessions of the web UI, kept in Redis so that every gateway knows them and signing out ends them.

A cookie holds a random session ID and nothing else: it reveals nothing about the tokens, and a copied cookie is useless
after the session has ended. Redis stores a hash of the ID and who is signed in, below a key derived from the tokens
with scrypt, so a new token ends all sessions. Visitors who are not signed in also have an ID, for the CSRF token of the
login form; it is not stored.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import scrypt, sha256

import orjson

from redis_client.connect import AnyRedis
from web_ui.access.identity import ANYONE, AccessOptions, Role, User

SESSION_SECONDS = 12 * 3600
COOKIE = "relist_session"
ID_BYTES = 32
MAX_COOKIE = 100
SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 12}


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    user: User | None = None
    """None for a visitor who is not signed in."""

    @property
    def signed_in(self) -> bool:
        return self.user is not None

    @property
    def may_act(self) -> bool:
        return self.user is not None and self.user.may_act


class Sessions:
    def __init__(self, redis: AnyRedis, access: AccessOptions) -> None:
        self._redis, self.access = redis, access
        tokens = f"{access.operator_token or ''}\0{access.viewer_token or ''}"
        self._prefix = f"relist:web:session:{token_id(tokens)}:" if not access.is_open else ""

    @property
    def open_to_all(self) -> bool:
        return self.access.is_open

    def begin(self) -> Session:
        """Return a new session. It is signed in only if the web UI is open to all."""
        return Session(secrets.token_urlsafe(ID_BYTES), ANYONE if self.open_to_all else None)

    async def sign_in(self, user: User) -> Session:
        """Store and return a new session. Raises RedisError."""
        session = Session(secrets.token_urlsafe(ID_BYTES), user)
        body = orjson.dumps({"name": user.name, "role": user.role})
        await self._redis.execute_command("SET", self._key(session.id), body, "EX", SESSION_SECONDS)
        return session

    async def end(self, session: Session) -> None:
        """Sign out. Raises RedisError."""
        await self._redis.execute_command("DEL", self._key(session.id))

    async def read(self, cookie: str) -> Session | None:
        """Return the session of a cookie, or None if there is no usable cookie. Raises RedisError."""
        if not cookie or len(cookie) > MAX_COOKIE or not cookie.isascii():
            return None
        if self.open_to_all:
            return Session(cookie, ANYONE)
        stored = await self._redis.execute_command("GET", self._key(cookie))
        return Session(cookie, User(**orjson.loads(stored)) if stored is not None else None)

    def role_of(self, given: str) -> Role | None:
        """The role of a token, or None if it is wrong. Compares in constant time."""
        same = [
            (role, hmac.compare_digest(_digest(given), _digest(token or "")) and token is not None)
            for role, token in (("viewer", self.access.viewer_token), ("operator", self.access.operator_token))
        ]
        role: Role | None = None
        for name, is_same in same:
            if is_same:
                role = "operator" if name == "operator" else "viewer"
        return role

    def csrf(self, session: Session) -> str:
        """Return the value that a form must return. Other sites can neither read the cookie nor guess the value."""
        return sha256(f"csrf|{session.id}".encode()).hexdigest()

    def is_csrf(self, session: Session, given: str) -> bool:
        return given.isascii() and hmac.compare_digest(given, self.csrf(session))

    def _key(self, session_id: str) -> str:
        return self._prefix + sha256(session_id.encode()).hexdigest()


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="replace")).digest()


def token_id(token: str) -> str:
    """Return an ID of the token, derived so slowly that the token cannot be guessed from it."""
    return scrypt(token.encode(), salt=b"relist web sessions", **SCRYPT).hex()
