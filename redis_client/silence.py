"""Detects connections on which no data moves any more, without failing calls on slow links.

A frozen server, or a proxy whose server is gone, keeps the connection open and acknowledges received data. Only silence
reveals it. A slow link is not silent: bytes arrive, or the number of unsent bytes falls.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from fcntl import ioctl
from struct import unpack
from termios import TIOCOUTQ

from redis._parsers import _AsyncHiredisParser
from redis.asyncio.cluster import ClusterParser

SLICE_SECONDS = 1.5
"""A connection on which no data moves for two slices is closed."""


async def while_moving(step: Callable[[], Awaitable[object]], unsent: Callable[[], int], ends_at: float) -> None:
    """Awaits `step`, which must be safe to cancel and repeat, until it is done.

    Raises TimeoutError at the loop time `ends_at`, or after two slices in which `unsent` (bytes) has not fallen.
    The second of two slices also allows for replies that arrived while this process was frozen.
    """
    loop = asyncio.get_running_loop()
    left: int | None = None
    while True:
        try:
            async with asyncio.timeout_at(min(loop.time() + SLICE_SECONDS, ends_at)):
                await step()
            return
        except TimeoutError:
            before, left = left, unsent()
            if loop.time() >= ends_at or (before is not None and left >= before):
                raise


def unacknowledged(file_number: int) -> int:
    """Bytes in the kernel's send queue that the peer has not acknowledged (TCP) or not read (Unix socket)."""
    if sys.platform != "linux" or file_number < 0:
        return 0
    return int(unpack("i", ioctl(file_number, TIOCOUTQ, b"\0\0\0\0"))[0])


class SilenceParser(_AsyncHiredisParser):
    """Reads from the socket as redis-py does, but raises TimeoutError on silence if `ends_at` is set."""

    ends_at: float | None = None
    """Loop time by which the reply must be complete; None = the caller limits the time."""
    unsent: Callable[[], int]

    @property
    def has_data(self) -> bool:
        """Whether a part of a reply was received and not read."""
        return self._reader is None or bool(self._reader.has_data())

    async def read_from_socket(self) -> bool:
        if self.ends_at is None:
            await super().read_from_socket()  # type: ignore[no-untyped-call]
        else:
            await while_moving(super().read_from_socket, self.unsent, self.ends_at)
        return True


class SilenceClusterParser(SilenceParser):
    """Raises the exceptions of a cluster (MOVED, ASK, CLUSTERDOWN) as redis-py's cluster client expects them."""

    EXCEPTION_CLASSES = ClusterParser.EXCEPTION_CLASSES
