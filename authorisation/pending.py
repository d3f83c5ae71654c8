"""Keeps in Redis pending consents, their results, and tokens whose shops are not listed yet.

The state in a consent address is a secret that only the seller's browser returns. It works once, so that nobody can
connect a shop with a forged or replayed callback.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson

from redis_client.connect import AnyRedis
from token_store.tokens import Tokens, TokenStore

STATE_SECONDS = 7 * 86_400
"""How long a seller may take. The code itself lives for 30 minutes (partner documentation)."""
RESULT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class ConsentResult:
    shops: tuple[str, ...] = ()
    """One line for each connected shop."""
    problems: tuple[str, ...] = ()


PENDING = "pending-"
"""Prefix of the temporary account names of tokens whose shops are not listed yet."""
_NAMES = "relist:token:pending:names"


class PendingTokens:
    """Tokens under temporary account names, which no shop uses; a set holds all these names."""

    def __init__(self, redis: AnyRedis, tokens: TokenStore) -> None:
        self._redis, self._tokens = redis, tokens

    async def keep(self, tokens: Tokens) -> str:
        """Store tokens and return their temporary account. Raises RedisError."""
        name = PENDING + secrets.token_hex(4)
        await self._redis.execute_command("SADD", _NAMES, name)
        await self._tokens.save(name, tokens)
        return name

    async def drop(self, name: str) -> None:
        await self._tokens.forget(name)
        await self._redis.execute_command("SREM", _NAMES, name)


async def pending_accounts(redis: AnyRedis) -> list[str]:
    """The accounts of all pending tokens. Raises RedisError."""
    return sorted(name.decode() for name in await redis.execute_command("SMEMBERS", _NAMES))


class PendingConsents:
    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis

    async def begin(self, app: str) -> str:
        """Return a new state for a consent to this app. Raises RedisError."""
        state = secrets.token_urlsafe(24)
        await self._redis.execute_command("SET", _key(state), orjson.dumps({"app": app}), "EX", STATE_SECONDS)
        return state

    async def take(self, state: str) -> str | None:
        """Use up a state; return its app, or None if it is unknown, used or older than STATE_SECONDS."""
        if not _is_state(state):
            return None
        body = await self._redis.execute_command("GET", _key(state))
        if body is None or not await self._redis.execute_command("DEL", _key(state)):
            return None
        app: str = orjson.loads(body)["app"]
        return app

    async def end(self, state: str, shops: Sequence[str], problems: Sequence[str]) -> None:
        """Store the result for the waiting command."""
        body = orjson.dumps(asdict(ConsentResult(tuple(shops), tuple(problems))))
        await self._redis.execute_command("SET", _result(state), body, "EX", RESULT_SECONDS)

    async def result(self, state: str) -> ConsentResult | None:
        """Return the result; None until the consent is complete."""
        body = await self._redis.execute_command("GET", _result(state))
        if body is None:
            return None
        found = orjson.loads(body)
        return ConsentResult(tuple(found["shops"]), tuple(found["problems"]))


def _is_state(text: str) -> bool:
    return 0 < len(text) <= 64 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _key(state: str) -> str:
    return f"relist:consent:{state}"


def _result(state: str) -> str:
    return f"relist:consent:{state}:result"
