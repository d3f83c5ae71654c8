"""Identifies who is signed in, and what they may do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

Role = Literal["viewer", "operator"]
"""A viewer reads everything. An operator also acts."""
Network = IPv4Network | IPv6Network
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class User:
    name: str
    role: Role

    @property
    def may_act(self) -> bool:
        return self.role == "operator"


ANYONE = User("anyone on this machine", "operator")
"""The user of a web UI without tokens, which can be opened only from this machine."""


@dataclass(frozen=True, slots=True)
class SignInProxy:
    """A proxy that signs people in and names them in headers, such as oauth2-proxy."""

    networks: tuple[Network, ...]
    """Its addresses. The headers are refused from any other address."""
    operator_group: str
    viewer_group: str = ""
    """Empty = everyone whom the proxy lets in may read."""
    user_header: str = "X-Forwarded-User"
    groups_header: str = "X-Forwarded-Groups"
    sign_out_path: str = "/oauth2/sign_out"

    def role_of(self, groups: frozenset[str]) -> Role | None:
        if self.operator_group in groups:
            return "operator"
        return "viewer" if not self.viewer_group or self.viewer_group in groups else None

    def is_peer(self, address: str | None) -> bool:
        try:
            known = ip_address(address or "")
        except ValueError:
            return False
        known = getattr(known, "ipv4_mapped", None) or known
        return any(known in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class AccessOptions:
    operator_token: str | None = None
    viewer_token: str | None = None
    proxy: SignInProxy | None = None

    @property
    def is_open(self) -> bool:
        """Whether everyone who can connect is an operator. Use it only on loopback."""
        return self.operator_token is None and self.viewer_token is None and self.proxy is None


def networks_of(text: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas. Raises ValueError."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def clean_name(text: str) -> str:
    """Return a name for the log, without control characters; it may be empty."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())[:MAX_NAME]
