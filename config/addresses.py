"""Checks the addresses of the platform, of Redis and of webhooks. Pure.

API requests carry tokens, and token requests carry the app secret. Neither is sent unencrypted to another machine
unless an operator names the host, and redirects are not followed (tiktok_shop/transport.py).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import SplitResult, parse_qs, urlsplit

PRIVATE_DOMAINS = frozenset(
    {"localhost", "local", "internal", "intranet", "lan", "home", "corp", "invalid", "test", "example", "arpa"}
)
INSECURE_OPTIONS = {"ssl_cert_reqs": ("none", "optional"), "ssl_check_hostname": ("false", "no", "n", "f", "0")}
MAX_WEBHOOK_ADDRESS = 255
WEBHOOK_PATH = "/webhooks/tiktok"
"""The gateway's path for webhooks. A proxy may put a prefix before it."""


def is_loopback(host: str) -> bool:
    """Return whether the host is reachable only from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_platform_address(address: str, *, http_hosts: Collection[str]) -> str:
    """Return the address without a trailing slash. Raises ValueError with a message that does not repeat it."""
    parts = _split(address)
    if parts.scheme not in ("https", "http"):
        raise ValueError("must be an https:// address")
    if parts.query or parts.fragment:
        raise ValueError("must have no query and no fragment")
    if parts.scheme == "http" and not (is_loopback(parts.hostname or "") or parts.hostname in http_hosts):
        raise ValueError("must be https://, because http:// exposes tokens; RELIST_HTTP_HOSTS can allow single hosts")
    return address.rstrip("/")


def check_proxy_address(address: str) -> None:
    """Raises ValueError with a message that does not repeat the address, which may hold a password."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be http://[user:password@]host:port")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must have no path and no query")


def check_redis_address(address: str) -> None:
    """Raises ValueError if the address disables verification of the server, or its database is not a number.

    The client would use database 0 instead.
    """
    try:
        parts = urlsplit(address)
        query = parse_qs(parts.query)
    except ValueError:
        raise ValueError("is not an address") from None
    database = query.get("db", [""])[-1]
    if not database and parts.scheme in ("redis", "rediss"):
        database = parts.path.strip("/")
    if database and not (database.isascii() and database.isdigit()):
        raise ValueError("must end with the number of a database, such as /0")
    for name, insecure in INSECURE_OPTIONS.items():
        if query.get(name, [""])[-1].lower() in insecure:
            raise ValueError(f"{name} disables verification of the server; set ssl_ca_certs instead")


def check_webhook_address(address: str) -> None:
    """Check the address the platform sends webhooks to: public HTTPS on a domain name. Raises ValueError."""
    parts = _split(address)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https":
        raise ValueError("must be an https:// address")
    if parts.port or len(address) > MAX_WEBHOOK_ADDRESS:
        raise ValueError(f"must have no port and at most {MAX_WEBHOOK_ADDRESS} characters")
    if parts.fragment:
        raise ValueError("must have no fragment")
    if _is_number(host) or "." not in host or host.rpartition(".")[2] in PRIVATE_DOMAINS:
        raise ValueError("must be on a public domain, not an IP address or an internal name")
    if not leads_to_gateway(address):
        raise ValueError(f"must have the gateway's path {WEBHOOK_PATH} at its end")


def leads_to_gateway(webhook_address: str) -> bool:
    """Return whether the gateway serves this path. The platform may add a slash when it lists addresses."""
    try:
        path = urlsplit(webhook_address).path
    except ValueError:
        return False
    return path.removesuffix("/").endswith(WEBHOOK_PATH)


def _split(address: str) -> SplitResult:
    if not address.isascii() or not address.isprintable() or "\\" in address or " " in address:
        raise ValueError("must not contain spaces, backslashes or non-ASCII characters")
    try:
        parts = urlsplit(address)
        has_port = parts.port is not None
    except ValueError:
        raise ValueError("is not an address") from None
    if not parts.hostname or (parts.netloc.endswith(":") and not has_port):
        raise ValueError("must be an http:// or https:// address with a host")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password")
    return parts


def _is_number(host: str) -> bool:
    """Return whether the host is an IP address in any form resolvers accept: 10.0.0.1, [::1], 0x7f.1, 2130706433."""
    if ":" in host:
        return True
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")
