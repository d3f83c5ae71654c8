"""Suggests remedies for a Redis that cannot be used. Pure."""

from __future__ import annotations

import re

from redis.exceptions import AuthenticationError, NoPermissionError, ReadOnlyError

START = "start it, or correct RELIST_REDIS_URL"
_BY_WORDS = (
    ("read only replica", "point RELIST_REDIS_URL at the primary, or at Sentinel with redis+sentinel://"),
    ("WRONGPASS|NOAUTH|invalid username-password|Authentication required",
     "correct the user and the password in RELIST_REDIS_URL"),
    ("NOPERM|No permissions|can't run this command",
     "apply deploy/redis/users.acl, or name another user in RELIST_REDIS_URL"),
    ("NOREPLICAS", "start its replicas, or lower min-replicas-to-write in redis.conf"),
    ("MISCONF", "free disk space on the Redis machine and check its log"),
    ("LOADING|BUSY ", "wait: it is loading its data or runs a script"),
    ("max number of clients", "raise maxclients in redis.conf, or close connections of other programs"),
    ("CLUSTERDOWN|MASTERDOWN", "check its nodes with CLUSTER INFO and INFO replication"),
    ("certificate|SSL|TLS", "correct rediss:// and ssl_ca_certs in RELIST_REDIS_URL"),
    ("Name or service not known|name resolution|nodename nor servname|No address associated",
     "correct the host in RELIST_REDIS_URL, or DNS"),
    ("DB index is out of range", "correct the number of the database at the end of RELIST_REDIS_URL"),
    ("Protocol error", "correct host and port in RELIST_REDIS_URL: the program that answers is not Redis"),
    ("Timeout|Connection reset|closed by server",
     "correct RELIST_REDIS_URL: host, port, and rediss:// only for a server with TLS; or check the network"),
)  # fmt: skip


def redis_remedy(error: Exception) -> str:
    """Return the operator's remedy."""
    if isinstance(error, ReadOnlyError):
        return _BY_WORDS[0][1]
    if isinstance(error, NoPermissionError):
        return _BY_WORDS[2][1]
    for words, remedy in _BY_WORDS:
        if re.search(words, str(error)):
            return remedy
    return _BY_WORDS[1][1] if isinstance(error, AuthenticationError) else START
