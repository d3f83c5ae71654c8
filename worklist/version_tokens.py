"""Version tokens: which state of a question a form or a sheet showed. Pure.

A token names the outcome that blocks the product and the answer that the question had, if any. An answer to an earlier
outcome is outdated, and an answer replaces only the one that its giver saw.
"""

from __future__ import annotations

from hashlib import sha256

import orjson

SEPARATOR = "-"


def version_token(shop_id: str, product_id: str, question: str, at: str, kept: str) -> str:
    """The token of a question, given the time of the blocking outcome and the answer kept so far."""
    token = "s" + _digest(orjson.dumps((shop_id, product_id, question, at)), 24)
    return f"{token}{SEPARATOR}{_digest(kept.encode(), 8)}" if kept else token


def is_outdated(token: str, current: str) -> bool:
    """Whether another outcome blocks the product than when the token was made."""
    return token.partition(SEPARATOR)[0] != current.partition(SEPARATOR)[0]


def _digest(content: bytes, length: int) -> str:
    return sha256(content).hexdigest()[:length]
