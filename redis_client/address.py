"""Parses Redis addresses: hosts, credentials, and the certificates that verify servers. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SCHEMES = (
    *("redis", "rediss", "unix"),
    *("redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"),
)
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


def scheme_of(url: str) -> str:
    """Raises ValueError for an unknown scheme."""
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        raise ValueError(f"REDIS_URL must start with one of {', '.join(SCHEMES)}://")
    return scheme


def credentials(url: str) -> dict[str, Any]:
    name, _, password = urlsplit(url).netloc.rpartition("@")[0].partition(":")
    return {"username": unquote(name) or None, "password": unquote(password) or None}


def hosts(url: str) -> list[tuple[str, int]]:
    """Raises ValueError."""
    parsed = []
    for host in urlsplit(url).netloc.rpartition("@")[2].split(","):
        name, _, port = host.rpartition(":")
        if not name or not port.isdigit():
            raise ValueError(f"REDIS_URL: {host!r} does not have the form host:port")
        parsed.append((name, int(port)))
    return parsed


def certificates(url: str) -> dict[str, Any]:
    """TLS options for connections to one of several servers; empty without TLS. Raises ValueError.

    redis-py parses the address of a single server itself.
    """
    query = parse_qs(urlsplit(url).query)
    if unknown := query.keys() - set(FILES):
        raise ValueError(f"REDIS_URL: option {min(unknown)} is not supported for this scheme")
    if not url.startswith("rediss+"):
        if query:
            raise ValueError(f"REDIS_URL: {min(query)} requires TLS; use an address that starts with rediss+")
        return {}
    # Without the host name check redis-py 5 accepts any certificate of the authority.
    return {"ssl_check_hostname": True, **{name: values[-1] for name, values in query.items()}}
