"""Adds the effects of scripts to the story of a world: leases, claims and commits, with the names of the workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from redis_client.scripts import load_script
from tests.simulation.commit_arguments import operations_of

NAMES = ("take", "renew", "release", "open", "claim", "commit", "state")


class Narration:
    """A hook of the server."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._names = {load_script("shop_queue", name).text.encode(): name for name in NAMES}
        self._workers: dict[bytes, str] = {}
        """Fence -> worker."""

    def __call__(self, script: bytes, keys: Sequence[bytes], args: Sequence[bytes], reply: Any) -> None:
        name = self._names.get(script)
        if name is None:
            return
        if isinstance(reply, Exception):
            self._tell(f"Redis refuses the script `{name}`: {reply}")
            return
        text = getattr(self, f"_{name}")(keys[0].decode().partition("{")[2].partition("}")[0], args, reply)
        if text:
            self._tell(text)

    def _take(self, _: str, args: Sequence[bytes], reply: Any) -> str:
        self._workers.update((fence, args[0].decode()) for fence in reply[6::3])
        shops = b", ".join(reply[5::3]).decode()
        return f"{args[0].decode()} leases shop {shops} for {float(args[1]) / 1000:g} s" if shops else ""

    def _renew(self, _: str, args: Sequence[bytes], reply: Any) -> str:
        lost = b", ".join(reply).decode()
        return f"{args[0].decode()} hears that it has lost its lease of shop {lost}" if lost else ""

    def _release(self, _: str, args: Sequence[bytes], reply: Any) -> str:
        if not reply:
            return f"{args[0].decode()} gives back a lease that it has lost"
        delays = zip(args[1::3], args[3::3], strict=True)
        given = [f"{shop.decode()} ({_next(int(delay))})" for shop, delay in delays]
        return f"{args[0].decode()} gives back shop {', '.join(given)}"

    def _open(self, shop: str, args: Sequence[bytes], reply: Any) -> str:
        if reply[0] == b"FENCED":
            return f"{self._worker(args[0])} may not open the lane of shop {shop}: a later lease has"
        if reply[1]:
            return (
                f"{self._worker(args[0])} opens the lane of shop {shop}; {reply[1]} jobs in flight go back to its head"
            )
        return ""

    def _claim(self, shop: str, args: Sequence[bytes], reply: Any) -> str:
        if reply[0] == b"FENCED":
            return f"{self._worker(args[0])} may not claim jobs of shop {shop}: its lease is over"
        jobs = b", ".join(reply[6::3]).decode()
        return f"{self._worker(args[0])} claims {jobs} of shop {shop}; {reply[2]} wait" if jobs else ""

    def _commit(self, shop: str, args: Sequence[bytes], reply: Any) -> str:
        if reply[0] == b"FENCED":
            return f"{self._worker(args[0])} may not commit in shop {shop}: its lease is over"
        skipped = f"; {reply[3]} of them were committed before" if reply[3] else ""
        return f"{self._worker(args[0])} commits in shop {shop}: {', '.join(_operations(args))}{skipped}"

    def _state(self, shop: str, args: Sequence[bytes], reply: Any) -> str:
        who = self._worker(args[3]) if args[3] else "an operator"
        return f"{who} changes the state of shop {shop}: it is {reply[1].decode()}" if reply[0] == b"OK" else ""

    def _worker(self, fence: bytes) -> str:
        return self._workers.get(fence, f"the worker with fence {fence.decode()}")


def _next(delay: int) -> str:
    if delay < 0:
        return "nothing waits"
    return f"its next job is due in {delay / 1000:g} s" if delay else "jobs wait"


def _reasons(record: bytes) -> str:
    """The codes of the reasons in a published outcome, as ` (code, code)`."""
    reasons = orjson.loads(record).get("reasons") or () if record else ()
    codes = ", ".join(dict.fromkeys(str(each["code"]) for each in reasons))
    return f" ({codes})" if codes else ""


def _operations(args: Sequence[bytes]) -> list[str]:
    told = []
    for operation in operations_of(args):
        job, delay = operation.job.decode(), operation.delay / 1000
        if operation.name == b"complete":
            told.append(f"{job} ends as {operation.arguments[0].decode()}{_reasons(operation.arguments[1])}")
        elif operation.name == b"requeue":
            told.append(f"{job} runs again {f'in {delay:g} s' if delay > 0 else 'as soon as it can'}")
        else:
            told.append(f"{job} goes back")
        told += [f"{each[0].decode()} follows" for each in operation.follow_ups]
    return told
