"""Waits for an authorisation code: pasted by the operator, or received by the gateway."""

from __future__ import annotations

import asyncio
import sys
import threading

from authorisation.pending import ConsentResult, PendingConsents

POLL_SECONDS = 0.5


async def code_or_result(pending: PendingConsents, state: str, seconds: float) -> str | ConsentResult | None:
    """Return the first line of standard input, the result of the gateway's callback, or None after `seconds`.

    Raises RedisError.
    """
    line = _line_of_standard_input()
    try:
        async with asyncio.timeout(seconds):
            while True:
                if line.done() and line.result().strip():
                    return line.result()
                if (result := await pending.result(state)) is not None:
                    return result
                if line.done():  # at the end of the input, only the gateway can supply the code
                    await asyncio.sleep(POLL_SECONDS)
                else:
                    await asyncio.wait({line}, timeout=POLL_SECONDS)
    except TimeoutError:
        return None


def _line_of_standard_input() -> asyncio.Future[str]:
    """Read in a daemon thread, which does not keep the process from exiting."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()
    source = sys.stdin

    def deliver(text: str) -> None:
        if not line.done():
            line.set_result(text)

    def read() -> None:
        try:
            text = source.readline(65_536)
        except (OSError, ValueError):
            text = ""
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, text)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    return line
