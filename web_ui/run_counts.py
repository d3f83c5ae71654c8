"""The states of the products of a run, counted at most every few seconds: counting reads every product of the run."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import partial

from record.record import Record
from record.state import ProductStateName
from web_ui.cached_value import CachedValue

TTL_SECONDS = 5.0
MAX_RUNS = 50

Counts = Mapping[ProductStateName, int]


class RunCounts:
    """`close` ends running counts."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._runs: OrderedDict[str, CachedValue[Counts]] = OrderedDict()

    async def get(self, run_id: str) -> Counts:
        """Raises RecordUnavailable, DamagedStore."""
        value = self._runs.get(run_id)
        if value is None:
            value = self._runs[run_id] = CachedValue(partial(self._count, run_id), TTL_SECONDS, rest_factor=20)
        self._runs.move_to_end(run_id)
        if len(self._runs) > MAX_RUNS:
            await self._runs.popitem(last=False)[1].close()
        return await value.get() or {}

    async def _count(self, run_id: str) -> Counts:
        return await self._record.counts(run_id=run_id)

    async def close(self) -> None:
        for value in self._runs.values():
            await value.close()
