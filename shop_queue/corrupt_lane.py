"""Shops whose keys in Redis are not what they should be: told apart from a Redis that is away, which mends itself."""

from __future__ import annotations

from redis.exceptions import RedisError, ResponseError

BROKEN = (
    "WRONGTYPE",
    "syntax error",
    "wrong number of arguments",
    "unknown command",
    "value is not",
    "hash value is not",
    "user_script:",
)
"""How the answers begin that time does not mend; a server that is full, read-only or loading gives others."""


class CorruptLane(RedisError):
    """A shop's keys are not what they should be, and until somebody mends them its lane can not be used."""

    def __init__(self, shop_id: str, problem: Exception) -> None:
        super().__init__(f"shop {shop_id}: its keys in Redis can not be used: {problem}")
        self.shop_id = shop_id


def is_lane_corruption(error: Exception) -> bool:
    """Whether Redis is there and will refuse this very call whenever it is made: what lies under a key is of another
    type, or the call is a mistake of ours. Waiting for it would hold up whatever comes behind."""
    # redis-py puts the command before what a pipeline's command was answered.
    answer = str(error).rpartition("caused error: ")[2].lstrip("('\"")
    return isinstance(error, CorruptLane) or (type(error) is ResponseError and answer.startswith(BROKEN))
