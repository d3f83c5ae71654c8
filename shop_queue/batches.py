"""Splits requests into script calls: one shop per call, bounded in length, never splitting an intake entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice

from redis_client.scripts import ScriptCall
from shop_queue.enqueue_request import EnqueueRequest

PART_BYTES = 1024 * 1024
"""Bytes sent between two checks of Redis's free memory."""
BATCH = 1000
"""Jobs per script call: long enough to be cheap, short enough not to block the server."""


def batches_of(
    requests: Iterable[EnqueueRequest], *, one_entry_each: bool
) -> Iterator[tuple[str, list[EnqueueRequest]]]:
    """Yields (shop, requests), at most `BATCH` requests unless one entry has more; an entry is accepted as a whole or
    not at all.

    `one_entry_each`: no batch holds jobs of two entries.
    """
    by_shop: dict[str, list[EnqueueRequest]] = {}
    for request in requests:
        by_shop.setdefault(request.job.shop_id, []).append(request)
    for shop_id, of_shop in by_shop.items():
        batch: list[EnqueueRequest] = []
        for entry, of_entry in groupby(of_shop, lambda request: request.entry):
            for part in [list(of_entry)] if entry else _parts(of_entry):
                if batch and (one_entry_each or len(batch) + len(part) > BATCH):
                    yield shop_id, batch
                    batch = []
                batch += part
        yield shop_id, batch


def _parts(requests: Iterable[EnqueueRequest]) -> Iterator[list[EnqueueRequest]]:
    left = iter(requests)
    while part := list(islice(left, BATCH)):
        yield part


def parts_of(calls: Sequence[ScriptCall]) -> Iterator[tuple[int, list[ScriptCall]]]:
    """Yields (bytes of arguments, calls), at most PART_BYTES unless one call has more."""
    part: list[ScriptCall] = []
    size = 0
    for call in calls:
        bytes_of_call = sum(len(arg) for arg in call.args if isinstance(arg, (bytes, str)))
        if part and size + bytes_of_call > PART_BYTES:
            yield size, part
            part, size = [], 0
        part.append(call)
        size += bytes_of_call
    if part:
        yield size, part
