"""The event loop of a worker: uvloop if it is installed (the extra `fast`), else the one of the standard library."""

from __future__ import annotations

import asyncio


def new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # There is none for Windows, and the base install is small.
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
