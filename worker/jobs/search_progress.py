"""Divides a search into slices whose completeness can be proved. Pure.

Products leave the result while its pages are read, so later pages shift and skip products. A slice is complete only if
one response contains all of it, or if every page reports the same total and the rows add up to it. Since a slice ends
in the past, products can leave it but not enter it. A slice that changed while it was read is split and read again.

Products that the seller changes in the meantime move to a later update time. The last slice is therefore open and holds
everything updated since the round began. If it does not fit into one response, it becomes the next round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tiktok_shop.search_window import WINDOW

EARLIEST = 1_483_228_800
"""2017-01-01. No product is older, so splitting begins here."""
MAX_SLICE = 1_000
"""Maximum number of products of a slice that is read page by page; larger slices are split first."""
OVERLAP_SECONDS = 60
"""Seconds by which a round overlaps the previous one, since update times may be written late."""
MAX_ROUNDS = 10
MAX_TRIES = 3
"""Number of times that an indivisible slice is read again after a change."""
MAX_CHANGES = 500
"""Maximum number of changed slices that a search reads again, in case the platform counts wrongly."""
EARLIER_CURSOR = {"first": 0, "last": 2**31 - 1}
"""The update times in a cursor of release 0.2, which cover everything."""
STATUSES = (
    *("DRAFT", "PENDING", "FAILED", "ACTIVATE", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FREEZE", "DELETED"),
)
"""Values of the search's status filter, by which a slice is split last (Search Products 202502)."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Part of a search. Times are inclusive Unix seconds; None means no bound."""

    first: int = 0
    last: int | None = None
    created: tuple[int, int] | None = None
    status: str = ""
    round: int = 1

    def body(self, search: Mapping[str, Any]) -> dict[str, Any]:
        """The search's body restricted to this slice."""
        body = dict(search)
        if self.first > 0:
            body["update_time_ge"] = self.first
        if self.last is not None:
            body["update_time_le"] = self.last
        if self.created is not None:
            body["create_time_ge"], body["create_time_le"] = self.created
        if self.status:
            body["status"] = self.status
        return body


@dataclass(frozen=True, slots=True)
class PageTally:
    """Counts of one page."""

    total: int
    """The platform's count of the whole slice."""
    next_page_token: str
    rows: int
    new: int = 0
    """Number of enqueued products, which were neither queued, in audit nor blocked."""
    deleted: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """The slices that a search still has to read, and its counts so far."""

    slices: tuple[Slice, ...]
    """Remaining slices; the first one is current."""
    page_token: str = ""
    total: int = 0
    """Total reported by the first page of the current slice."""
    rows: int = 0
    tries: int = 0
    changes: int = 0
    """Number of slices that changed while they were read."""
    pending: Mapping[str, int] = field(default_factory=dict)
    """Counts of the current slice, which are added to `counts` when it is complete."""
    counts: Mapping[str, int] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """The progress as JSON. A worker of an earlier release reads only its bounds and searches them again."""
        return {**asdict(self), **EARLIER_CURSOR}

    @classmethod
    def load(cls, body: Mapping[str, Any]) -> SearchProgress | None:
        """The stored progress; None if an earlier release stored it, so that the search starts again."""
        if "slices" not in body:
            return None
        slices = tuple(
            Slice(**{**each, "created": tuple(each["created"]) if each["created"] else None}) for each in body["slices"]
        )
        rest = {name: value for name, value in body.items() if name not in EARLIER_CURSOR}
        return cls(**{**rest, "slices": slices})


def start(search: Mapping[str, Any]) -> SearchProgress:
    """The progress of a new search, with the feeder's bounds of update time."""
    return SearchProgress((Slice(_bound(search, "update_time_ge") or 0, _bound(search, "update_time_le")),))


@dataclass(frozen=True, slots=True)
class SearchStep:
    progress: SearchProgress
    """The new progress; without slices the search is complete."""
    is_accepted: bool
    """Whether to enqueue the products of the page; otherwise they are read again in smaller slices."""


def after_page(progress: SearchProgress, page: PageTally, search: Mapping[str, Any], now: int) -> SearchStep:
    """Decides the next step after a page. `now` is the platform's Unix time."""
    current = progress.slices[0]
    if not progress.page_token:
        is_whole = not page.next_page_token and page.rows >= page.total
        if not is_whole and current.last is None:
            return SearchStep(_next_round(progress, current, now), is_accepted=False)
        if page.total > MAX_SLICE and (parts := split(current, search, now)):
            return SearchStep(_reread(progress, parts), is_accepted=False)
        progress = replace(progress, total=page.total, rows=0, pending={})
    elif page.total != progress.total:
        return SearchStep(_after_change(progress, search, now), is_accepted=False)
    progress = replace(
        progress,
        rows=progress.rows + page.rows,
        page_token=page.next_page_token,
        pending=_added(progress.pending, _counted(page, current.round)),
        counts=_added(progress.counts, {"enqueued" if current.round == 1 else "enqueued_late": page.new}),
    )
    if page.next_page_token:
        return SearchStep(progress, is_accepted=True)
    if progress.total > progress.rows >= WINDOW:
        lost = progress.total - progress.rows
        return SearchStep(_complete(_with(progress, unreachable=lost)), is_accepted=True)
    is_complete = progress.rows >= progress.total
    return SearchStep(_complete(progress) if is_complete else _after_change(progress, search, now), is_accepted=True)


def after_refusal(progress: SearchProgress, search: Mapping[str, Any], now: int) -> SearchProgress:
    """The progress after the platform refused a page because of its window of 10,000 results."""
    current = progress.slices[0]
    if current.last is None:
        return _next_round(progress, current, now)
    if parts := split(current, search, now):
        return _reread(progress, parts)
    return _complete(_with(progress, unreachable=max(progress.total - progress.rows, 1)))


def final_counts(progress: SearchProgress) -> dict[str, int]:
    """The counts of a complete search; `found` is the sum of enqueued and skipped products."""
    counts = progress.counts
    enqueued, late = counts.get("enqueued", 0), counts.get("enqueued_late", 0)
    skipped = counts.get("skipped_deleted", 0) + counts.get("unreadable", 0)
    found = max(counts.get("rows", 0), enqueued + skipped)
    unreachable = counts.get("unreachable", 0)
    if "total" in counts:
        # If the platform counts too many rows in every slice, the sum exceeds the number of products in the shop. The
        # limit is never 0, because some products stayed unread.
        unreachable = min(unreachable, max(counts["total"], 1))
    return {
        "found": found + late,
        "enqueued": enqueued + late,
        "skipped_deleted": counts.get("skipped_deleted", 0),
        "skipped_in_hand": found - enqueued - skipped,
        "unreadable": counts.get("unreadable", 0),
        "unreachable": unreachable,
    }


def unread_rows(progress: SearchProgress) -> int:
    """Return how many products, by the platform's count when the search began, it has not seen yet."""
    seen = progress.counts.get("rows", 0) + progress.pending.get("rows", 0)
    return max(0, progress.counts.get("total", 0) - seen)


def split(part: Slice, search: Mapping[str, Any], now: int) -> tuple[Slice, ...]:
    """Splits a slice by update time, then creation time, then status; empty if it is indivisible."""
    if part.last is None:
        return ()
    if part.last > part.first:
        middle = _middle(part.first, part.last)
        return replace(part, last=middle), replace(part, first=middle + 1)
    first, last = part.created or (
        _bound(search, "create_time_ge") or 0,
        now if (created_until := _bound(search, "create_time_le")) is None else created_until,
    )
    if last > first:
        middle = _middle(first, last)
        return replace(part, created=(first, middle)), replace(part, created=(middle + 1, last))
    if not part.status and search.get("status", "ALL") == "ALL":
        return tuple(replace(part, status=each) for each in STATUSES)
    return ()


def _bound(search: Mapping[str, Any], name: str) -> int | None:
    """A time bound of the feeder's filter; None if it is absent or the platform will refuse it."""
    value = search.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if type(value) is int and value >= 0 else None


def _middle(first: int, last: int) -> int:
    return ((EARLIEST if first < EARLIEST < last else first) + last) // 2


def _next_round(progress: SearchProgress, current: Slice, now: int) -> SearchProgress:
    """Closes the open slice now; another round reads later updates."""
    closed = replace(current, last=max(now, current.first))
    if current.round >= MAX_ROUNDS:
        return _reread(_with(progress, changing=1), (closed,))
    return _reread(progress, (closed, Slice(max(current.first, now - OVERLAP_SECONDS), round=current.round + 1)))


def _after_change(progress: SearchProgress, search: Mapping[str, Any], now: int) -> SearchProgress:
    """Rereads a slice that changed while it was read, in parts if it can be split."""
    progress = replace(progress, changes=progress.changes + 1)
    if progress.changes <= MAX_CHANGES:
        if parts := split(progress.slices[0], search, now):
            return _reread(progress, parts)
        if progress.tries + 1 < MAX_TRIES:
            return replace(_reread(progress, progress.slices[:1]), tries=progress.tries + 1)
    return _complete(_with(progress, changing=1, unreachable=max(progress.total - progress.rows, 0)))


def _reread(progress: SearchProgress, parts: tuple[Slice, ...]) -> SearchProgress:
    """Replaces the current slice with these parts and begins with the first."""
    slices = (*parts, *progress.slices[1:])
    return replace(progress, slices=slices, page_token="", total=0, rows=0, tries=0, pending={})


def _complete(progress: SearchProgress) -> SearchProgress:
    return replace(_reread(progress, ()), counts=_added(progress.counts, progress.pending))


def _counted(page: PageTally, round_number: int) -> dict[str, int]:
    """Counts rows once, since later rounds find products of the first round again."""
    if round_number > 1:
        return {}
    return {"rows": page.rows, "skipped_deleted": page.deleted, "unreadable": page.unreadable}


def _with(progress: SearchProgress, **more: int) -> SearchProgress:
    return replace(progress, counts=_added(progress.counts, more))


def _added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}
