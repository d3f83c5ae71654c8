from __future__ import annotations

import os
import socket

from config.process_id import process_id


def test_every_start_has_another_id() -> None:
    """Containers often share a host name, and pid 1."""
    ids = {process_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(each.startswith(f"{socket.gethostname()}-{os.getpid()}-") for each in ids)
