"""Corrupt lanes: a key of a shop has a wrong type or an unreadable value, and retrying does not help."""

from __future__ import annotations

from redis.exceptions import RedisError, ResponseError

CORRUPTION_REPLIES = (
    "WRONGTYPE",
    "syntax error",
    "wrong number of arguments",
    "unknown command",
    "value is not",
    "hash value is not",
    "user_script:",
)
"""Prefixes of permanent error replies. A server that is full, read-only or loading sends others."""


class CorruptLane(RedisError):
    """A shop's lane cannot be used until an operator repairs its keys."""

    def __init__(self, shop_id: str, problem: Exception) -> None:
        super().__init__(f"shop {shop_id}: its keys in Redis cannot be used: {problem}")
        self.shop_id = shop_id


def is_lane_corruption(error: Exception) -> bool:
    """Whether Redis, though available, will refuse this call every time: a key has a wrong type, or the call is
    malformed.

    Waiting for such a lane would block other work.
    """
    # redis-py prepends the command to the error reply of a pipelined command.
    reply = str(error).rpartition("caused error: ")[2].lstrip("('\"")
    return isinstance(error, CorruptLane) or (type(error) is ResponseError and reply.startswith(CORRUPTION_REPLIES))
