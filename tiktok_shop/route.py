"""How requests reach the platform: directly or through a proxy, and with which trusted certificate authorities."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Route:
    proxy: str = field(default="", repr=False)
    """Address of an HTTP proxy, with a user and password if required; empty for a direct connection."""
    exceptions: tuple[str, ...] = ()
    """Hosts and domains reached directly."""
    ca_file: Path | None = None
    """Additional certificate authorities, in PEM."""

    def proxy_for(self, host: str) -> str | None:
        """Return the proxy for a host, or None. This machine is always reached directly."""
        name = host.lower().rstrip(".")
        if not self.proxy or _is_loopback(name):
            return None
        for each in self.exceptions:
            domain = each.lower().lstrip("*").lstrip(".")
            if name == domain or name.endswith("." + domain):
                return None
        return self.proxy

    def tls(self) -> ssl.SSLContext | bool:
        """Return the TLS settings for aiohttp. Raises OSError if the file is missing or holds no certificate."""
        if self.ca_file is None:
            return True
        context = ssl.create_default_context()
        context.load_verify_locations(cafile=self.ca_file)
        return context


DIRECT = Route()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
