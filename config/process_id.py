"""A name for a running process: unique per start, readable for operators."""

from __future__ import annotations

import os
import secrets
import socket


def process_id() -> str:
    """`<host>-<pid>-<random>`: containers often share a host name, and pid 1."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
