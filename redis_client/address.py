"""What an address of Redis says: the hosts, who signs in, and by which certificates the servers are known. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SCHEMES = (
    *("redis", "rediss", "unix"),
    *("redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"),
)
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


def scheme_of(url: str) -> str:
    """Raises ValueError for one that is not known."""
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
            raise ValueError(f"REDIS_URL: {host!r} is not host:port")
        parsed.append((name, int(port)))
    return parsed


def certificates(url: str) -> dict[str, Any]:
    """What a connection to one of several servers over TLS is made with; empty without TLS. Raises ValueError.

    redis-py reads an address of one server itself.
    """
    query = parse_qs(urlsplit(url).query)
    if unknown := query.keys() - set(FILES):
        raise ValueError(f"REDIS_URL: {min(unknown)} is not known here")
    if not url.startswith("rediss+"):
        if query:
            raise ValueError(f"REDIS_URL: {min(query)} is for TLS, whose addresses start with rediss+")
        return {}
    # Without the check of the name redis-py 5 takes every certificate of the authority, whosoever it is.
    return {"ssl_check_hostname": True, **{name: values[-1] for name, values in query.items()}}
