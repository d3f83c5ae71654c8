"""The role of a server during a failover."""

from __future__ import annotations

from typing import Literal

import redis


def has_role(node: redis.Redis, role: Literal["master", "slave"]) -> bool:
    """Whether the server reports the role. One that cuts its connections, as a change of roles does, reports none."""
    try:
        return bool(node.role()[0] == role.encode())
    except redis.exceptions.ConnectionError:
        return False
