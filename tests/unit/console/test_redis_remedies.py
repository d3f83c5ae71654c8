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
    TimeoutError,
)

from config.settings import Settings
from console.redis_remedies import START, redis_remedy
from console.session import redis_unavailable

IN_SCRIPT = (
    "The user executing the script can't run this command or subcommand "
    "script: 3d5976f5c06855ba41b39ddb7d020215a1b7eaa1, on @user_script:37."
)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (NoPermissionError("No permissions to access a key"), "users.acl"),
        (ResponseError("NOPERM this user has no permissions to run the 'xadd' command"), "users.acl"),
        (ResponseError(IN_SCRIPT), "users.acl"),
        (AuthenticationError("invalid username-password pair or user is disabled."), "user and the password"),
        (ReadOnlyError("You can't write against a read only replica."), "at the primary"),
        (ConnectionError("the server is not a usable primary: NOREPLICAS Not enough good replicas"), "min-replicas"),
        (ResponseError("MISCONF Redis is configured to save RDB snapshots"), "disk space"),
        (BusyLoadingError("LOADING Redis is loading the dataset in memory"), "wait"),
        (ConnectionError("max number of clients reached"), "maxclients"),
        (ConnectionError("Error -2 connecting to redis.invalid:6379. Name or service not known."), "correct the host"),
        (ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), "ssl_ca_certs"),
        (ResponseError("DB index is out of range"), "number of the database"),
        (ConnectionError('Protocol error, got "H" as reply type byte'), "not Redis"),
        (TimeoutError("Timeout connecting to server"), "only for a server with TLS"),
        (ConnectionError("Connection closed by server."), "only for a server with TLS"),
        (ConnectionError("Error 111 connecting to 127.0.0.1:1. Connection refused."), START),
    ],
)
def test_remedies(error: Exception, remedy: str) -> None:
    assert remedy in redis_remedy(error)


def test_the_place_in_a_script_is_left_out() -> None:
    text = redis_unavailable(ResponseError(IN_SCRIPT), Settings.model_construct(redis_url="redis://u:p@h:1/0"))
    assert text.endswith("h:1/0 cannot be used: The user executing the script can't run this command or subcommand")
