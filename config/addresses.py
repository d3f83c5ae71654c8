"""Which addresses the service will talk to, and which it will have the platform talk to. Pure.

Requests to the API carry tokens, and those for tokens the app's secret: neither goes in the clear beyond this machine
unless an operator names the host, and no redirect is followed (tiktok_shop/transport.py).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import SplitResult, parse_qs, urlsplit

PRIVATE_DOMAINS = frozenset(
    {"localhost", "local", "internal", "intranet", "lan", "home", "corp", "invalid", "test", "example", "arpa"}
)
TRUSTING = {"ssl_cert_reqs": ("none", "optional"), "ssl_check_hostname": ("false", "no", "n", "f", "0")}
LONGEST_WEBHOOK_ADDRESS = 255


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound to, or asked for at, this host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_platform_address(address: str, *, http_hosts: Collection[str]) -> str:
    """Where the platform is, without a slash at the end. Raises ValueError, which does not repeat the address."""
    parts = _split(address)
    if parts.scheme not in ("https", "http"):
        raise ValueError("must be an https:// address")
    if parts.query or parts.fragment:
        raise ValueError("must have no query and no fragment")
    if parts.scheme == "http" and not (is_loopback(parts.hostname or "") or parts.hostname in http_hosts):
        raise ValueError("must be https://: tokens would go in the clear (unless RELIST_HTTP_HOSTS names the host)")
    return address.rstrip("/")


def check_redis_address(address: str) -> None:
    """Raises ValueError for one that would take anybody for the server."""
    try:
        query = parse_qs(urlsplit(address).query)
    except ValueError:
        raise ValueError("is not an address") from None
    for name, trusting in TRUSTING.items():
        if query.get(name, [""])[-1].lower() in trusting:
            raise ValueError(f"{name} would let anybody be the server: name its authority with ssl_ca_certs instead")


def check_webhook_address(address: str) -> None:
    """Where the platform sends its news: public HTTPS on a domain. Raises ValueError."""
    parts = _split(address)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https":
        raise ValueError("must be an https:// address")
    if parts.port or len(address) > LONGEST_WEBHOOK_ADDRESS:
        raise ValueError(f"must have no port, and {LONGEST_WEBHOOK_ADDRESS} characters at most")
    if parts.fragment:
        raise ValueError("must have no fragment")
    if _is_number(host) or "." not in host or host.rpartition(".")[2] in PRIVATE_DOMAINS:
        raise ValueError("must be on a public domain, not at an IP address or a name inside a network")


def _split(address: str) -> SplitResult:
    if not address.isascii() or not address.isprintable() or "\\" in address or " " in address:
        raise ValueError("must have no spaces, backslashes or characters beyond ASCII")
    try:
        parts = urlsplit(address)
        has_port = parts.port is not None
    except ValueError:
        raise ValueError("is not an address") from None
    if not parts.hostname or (parts.netloc.endswith(":") and not has_port):
        raise ValueError("must be an http:// or https:// address with a host")
    if "@" in parts.netloc:
        raise ValueError("must have no user and no password in it")
    return parts


def _is_number(host: str) -> bool:
    """An address in any of the ways resolvers take: 10.0.0.1, [::1], 0x7f.1, 2130706433."""
    if ":" in host:
        return True
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")
