"""Looks for data on an idle connection at once.

redis-py does so before each command with a read that is cancelled in the next turn of the event loop. Without that
read, and without a timer for a connection that is free, a small command takes 82 µs of CPU instead of 100 to 150.
asyncio has no way to look, so this file knows a private attribute.
"""

from __future__ import annotations

import asyncio
import select


def nothing_arrived(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether the connection is open and silent: neither the stream nor the kernel has data, an error or an end."""
    if stream.at_eof() or stream.exception() is not None or stream._buffer:  # type: ignore[attr-defined]
        return False
    file_number = writer.get_extra_info("socket").fileno()
    if file_number < 0:
        return False
    arrivals = select.poll()
    arrivals.register(file_number, select.POLLIN)
    return not arrivals.poll(0)
