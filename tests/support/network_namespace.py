"""A network namespace for one test, with links that can be cut in one direction or both.

Needs root and iproute2. Names and addresses are unique to a run. The kernel removes the links with the namespace.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

NOBODY = "02:00:00:00:00:99"
"""An address that no interface has: packets to it vanish without an error on either side."""


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@dataclass(frozen=True, slots=True)
class Link:
    """A cable between this machine (`here`) and the namespace (`there`)."""

    namespace: str
    device: str
    here: str
    there: str

    def lose_outgoing(self) -> None:
        """Drops outgoing packets of the namespace; incoming ones arrive."""
        self._inside("neigh", "replace", self.here, "lladdr", NOBODY, "dev", self._peer, "nud", "permanent")

    def lose_incoming(self) -> None:
        """Drops incoming packets of the namespace; outgoing ones arrive."""
        _ip("neigh", "replace", self.there, "lladdr", NOBODY, "dev", self.device, "nud", "permanent")

    def cut(self) -> None:
        """Drops packets in both directions."""
        self.lose_outgoing()
        self.lose_incoming()

    def unplug(self) -> None:
        """Takes the link down in the namespace."""
        self._inside("link", "set", self._peer, "down")

    def mend(self) -> None:
        """Reverts every fault of the link."""
        self._inside("link", "set", self._peer, "up")
        for inside, address, device in ((True, self.here, self._peer), (False, self.there, self.device)):
            way = ("-n", self.namespace) if inside else ()
            with contextlib.suppress(subprocess.CalledProcessError):  # No route was added.
                _ip(*way, "neigh", "del", address, "dev", device)

    @property
    def _peer(self) -> str:
        return self.device + "i"

    def _inside(self, *arguments: str) -> None:
        _ip("-n", self.namespace, *arguments)


@dataclass(frozen=True, slots=True)
class Namespace:
    name: str
    links: Sequence[Link] = field(default_factory=tuple)

    @property
    def prefix(self) -> tuple[str, ...]:
        """Command prefix that runs a command in the namespace."""
        return ("ip", "netns", "exec", self.name)


@contextlib.contextmanager
def network_namespace(links: int = 1) -> Iterator[Namespace]:
    """A namespace with this number of links to the host."""
    unique = f"{os.getpid() % 100_000}{random.randrange(1000):03d}"
    name = f"relist{unique}"
    _ip("netns", "add", name)
    made = []
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        for number in range(links):
            # 198.18.0.0/15 is reserved for network tests (RFC 2544).
            block = random.randrange(2**15) * 4
            here, there = (f"198.{18 + block // 65536}.{block // 256 % 256}.{block % 256 + host}" for host in (1, 2))
            link = Link(name, f"r{unique}{number}", here, there)
            _ip("link", "add", link.device, "type", "veth", "peer", "name", link.device + "i", "netns", name)
            made.append(link)
            _ip("addr", "add", f"{here}/30", "dev", link.device)
            _ip("link", "set", link.device, "up")
            _ip("-n", name, "addr", "add", f"{there}/30", "dev", link.device + "i")
            _ip("-n", name, "link", "set", link.device + "i", "up")
        yield Namespace(name, tuple(made))
    finally:
        for link in made:
            _ip("link", "del", link.device)
        _ip("netns", "del", name)
