"""Free ports for servers that tests start.

An outgoing connection may take a port of the kernel's ephemeral range before its server starts, so these ports are
below that range (Linux: 32768 to 60999).
"""

from __future__ import annotations

import socket
from random import SystemRandom

FIRST, END = 20_000, 32_000


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different ports on which nothing listens at 127.0.0.1."""
    random, found = SystemRandom(), list[int]()
    while len(found) < count:
        port = random.randrange(FIRST, END)
        if port not in found and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
