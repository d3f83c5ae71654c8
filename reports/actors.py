"""Adds to the lines of a report the current state of each product and who must act on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from record.entry import BadEntry
from record.errors import DamagedStore
from record.record import Record
from record.report import ReportLine, report_lines
from record.report_summary import WAITS_FOR
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import read_blocked
from shop_queue.reader import LaneReader

BATCH = 500
BLOCKED = ("needs_input", "rejected", "failed")


async def lines_with_actors(
    redis: AnyRedis, record: Record, run_id: str, shop_id: str
) -> AsyncIterator[tuple[ReportLine | BadEntry, Sequence[str]]]:
    """Raises RecordUnavailable, DamagedStore, and one of REDIS_UNAVAILABLE."""
    batch: list[ReportLine] = []
    async for entry in report_lines(record, run_id=run_id, shop_id=shop_id):
        if isinstance(entry, BadEntry):
            yield entry, ()
            continue
        batch.append(entry)
        if len(batch) >= BATCH:
            for each in await _completed(redis, record, batch):
                yield each
            batch = []
    for each in await _completed(redis, record, batch):
        yield each


async def _completed(
    redis: AnyRedis, record: Record, lines: Sequence[ReportLine]
) -> list[tuple[ReportLine | BadEntry, Sequence[str]]]:
    result: list[tuple[ReportLine | BadEntry, Sequence[str]]] = list(await _actors(redis, lines))
    # A product that waits for its first edit, or whose edits were pruned, has its title in a table apart.
    untitled = [(each.shop_id, each.product_id) for each in lines if each.product_id and not each.title]
    try:
        titles = await record.titles(untitled)
    except DamagedStore as damaged:
        return [(BadEntry(None, "", "", f"titles: {damaged}"), ()), *result]
    return [
        (replace(line, title=titles.get((line.shop_id, line.product_id), "")), waits_for)
        if isinstance(line, ReportLine) and not line.title
        else (line, waits_for)
        for line, waits_for in result
    ]


async def _in_current_state(redis: AnyRedis, lines: Sequence[ReportLine]) -> list[ReportLine]:
    """The record does not know which queued products run, and learns later than the lane which ones wait. So that a
    report shows the same numbers as `relist status`, the lane's state counts where it differs.
    """
    states = await LaneReader(redis).states([(each.shop_id, each.product_id) for each in lines if each.product_id])
    return [
        line
        if (state := states.get((line.shop_id, line.product_id))) in (None, line.state)
        else replace(line, state=state, since=None, state_reason="")
        for line in lines
    ]


async def _actors(redis: AnyRedis, lines: Sequence[ReportLine]) -> list[tuple[ReportLine, Sequence[str]]]:
    """Who must act on each product: for blocked ones the actors of their reasons. Their record also contains the
    title.
    """
    lines = await _in_current_state(redis, lines)
    found = await read_blocked(redis, [(each.shop_id, each.product_id) for each in lines if each.state in BLOCKED])
    result: list[tuple[ReportLine, Sequence[str]]] = []
    for line in lines:
        blocked = found.get((line.shop_id, line.product_id))
        if line.state in BLOCKED:
            actors = sorted({str(reason.get("actor") or "unknown") for reason in blocked.reasons}) if blocked else []
            titled = replace(line, title=line.title or blocked.title) if blocked else line
            result.append((titled, actors or ["unknown"]))
        else:
            result.append((line, [WAITS_FOR[line.state]] if line.state in WAITS_FOR else ()))
    return result
