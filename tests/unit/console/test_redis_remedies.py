"""Each kind of refusal by Redis has a specific remedy."""

from __future__ import annotations

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    NoPermissionError,
    ReadOnlyError,
    ResponseError,
)

from console.redis_remedies import START, redis_remedy


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (NoPermissionError("No permissions to access a key"), "users.acl"),
        (ResponseError("NOPERM this user has no permissions to run the 'xadd' command"), "users.acl"),
        (AuthenticationError("invalid username-password pair or user is disabled."), "user and the password"),
        (ReadOnlyError("You can't write against a read only replica."), "at the primary"),
        (ConnectionError("the server is not a usable primary: NOREPLICAS Not enough good replicas"), "min-replicas"),
        (ResponseError("MISCONF Redis is configured to save RDB snapshots"), "disk space"),
        (BusyLoadingError("LOADING Redis is loading the dataset in memory"), "wait"),
        (ConnectionError("max number of clients reached"), "maxclients"),
        (ConnectionError("Error -2 connecting to redis.invalid:6379. Name or service not known."), "correct the host"),
        (ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), "ssl_ca_certs"),
        (ConnectionError("Error 111 connecting to 127.0.0.1:1. Connection refused."), START),
    ],
)
def test_remedies(error: Exception, remedy: str) -> None:
    assert remedy in redis_remedy(error)
