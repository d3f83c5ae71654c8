"""The record's interface, which is the same for both backends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from record import action_log, finding, reading, retention, verifying
from record.action_log import Action, NewAction
from record.codec import packed_about
from record.database import Database
from record.entry import BadEntry, EventName, NewEdit, NewEvent, StoredEdit
from record.finding import FoundProduct, ProductFilter
from record.group import WriteGroup
from record.group_commit import GroupCommit
from record.retention import Going, RetentionPolicy, Usage
from record.scope import Scope
from record.shared_look import SharedLook
from record.state import ProductState, ProductStateName, Run, StateChange
from record.verifying import Verified

LOOK_SECONDS = 0.02
"""Time in which jobs that look at their last edits wait for each other, so that they share a query."""
CANCELLED = "the job was stopped before the entry was durable"


class Record:
    """Every method raises RecordUnavailable while the store is unavailable or full; the next call tries again."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._groups = GroupCommit(database)
        self._look = SharedLook(LOOK_SECONDS)

    @property
    def where(self) -> str:
        """The directory, or host and database; shown to people."""
        return self.database.where

    @property
    def refusal(self) -> str:
        """Why the last write failed, unless a later write or `probe` succeeded; empty if none did."""
        return self._groups.refusal

    async def probe(self) -> None:
        """Raises RecordUnavailable if an entry could not be written now."""
        await self.database.probe()
        self._groups.refusal = ""

    async def upgrade(self) -> int:
        """Applies missing migrations and returns the schema's version. Raises SchemaTooNew."""
        return await self.database.upgrade()

    async def close(self) -> None:
        """Returns when every pending append has been written or has failed."""
        await self._groups.close()
        await self.database.close()

    async def append(self, edit: NewEdit) -> int:
        """Returns the edit's number when it is durable. Only then may the edit be sent.

        A caller cancelled in the meantime never learns the number, so the entry is marked as `not_sent`. Raises
        TypeError, ValueError for content that is not JSON or ids that are not text.
        """

        def give_up(number: int) -> Callable[[WriteGroup], None]:
            event = known_event(number, edit.at, "not_sent", message=CANCELLED)
            return lambda group: group.add_event(event, packed_about(event.about))

        return await self._groups.submit(lambda group: group.add_edit(edit), give_up)

    async def append_event(self, event: NewEvent, state: StateChange | None = None) -> None:
        """Returns when the event and the product's new state are durable. The product joined its run in `append`."""
        about = packed_about(event.about)

        def add(group: WriteGroup) -> None:
            group.add_event(event, about)
            if state is not None:
                group.add_state(state, join=False)

        await self._groups.submit(add)

    async def set_states(self, changes: Iterable[StateChange]) -> None:
        """Sets states of products; with a run id the products join the run. The last change per product counts."""
        changes = tuple(changes)

        def add(group: WriteGroup) -> None:
            for change in changes:
                group.add_state(change)

        await self._groups.submit(add)

    async def begin_run(self, run: Run) -> None:
        """Adds the run. An existing run stays unchanged."""
        await self._groups.submit(lambda group: group.add_run(run))

    async def join(self, run_id: str, products: Iterable[tuple[str, str]]) -> None:
        """These (shop, product) pairs, which the record knows, become members of the run; their states stay."""
        products = tuple(products)

        def add(group: WriteGroup) -> None:
            for shop_id, product_id in products:
                group.add_member(run_id, shop_id, product_id)

        await self._groups.submit(add)

    def edits(self, scope: Scope, *, thorough: bool = True) -> AsyncIterator[StoredEdit | BadEntry]:
        """Yields everything in scope, page by page. It yields a BadEntry for damage and then continues.

        With `thorough`, if SQLite's structure is damaged, the whole file is searched for entries. This takes time and
        as much disk space again. Otherwise such entries are only reported.
        """
        return reading.edits(self.database, scope, thorough)

    async def last_edit(self, shop_id: str, product_id: str) -> StoredEdit | BadEntry | None:
        """The newest entry of the product."""
        async for entry in self.edits(Scope(shop_id, product_id, newest_first=True)):
            return entry
        return None

    async def last_sent(self, shop_id: str, product_id: str) -> StoredEdit | BadEntry | None:
        """The newest entry of the product that was accepted or may have arrived. Jobs ask this before each edit."""
        if not await self._look.has_entries(self.database, shop_id, product_id):
            return None
        async for entry in self.edits(Scope(shop_id, product_id, newest_first=True)):
            if isinstance(entry, BadEntry) or entry.event("refused", "not_sent") is None:
                return entry
        return None

    async def product(self, shop_id: str, product_id: str) -> ProductState | BadEntry | None:
        return await reading.product(self.database, shop_id, product_id)

    def products(self, *, run_id: str = "", shop_id: str = "") -> AsyncIterator[ProductState | BadEntry]:
        """Yields the known products, sorted by shop and product."""
        return reading.products(self.database, run_id, shop_id)

    async def counts(self, *, run_id: str = "", shop_id: str = "") -> Mapping[ProductStateName, int]:
        """The number of products in each of the ten states.

        Counters hold the totals and those of each shop; a run's products are counted by this call.
        """
        return await reading.counts(self.database, run_id, shop_id)

    async def find(self, wanted: ProductFilter, limit: int) -> list[FoundProduct]:
        """The first products, sorted by shop and product, that match. Raises DamagedStore."""
        return await finding.find(self.database, wanted, limit)

    async def titles(self, products: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """The known titles of these (shop, product) pairs. Raises DamagedStore."""
        return await finding.titles(self.database, products)

    async def add_action(self, action: NewAction) -> Action:
        """Returns the entry of the action log when it is durable. Raises DamagedStore."""
        return await action_log.add_action(self.database, action)

    async def actions(self, *, before: int | None = None, limit: int = 50, text: str = "") -> list[Action]:
        """The newest entries of the action log with a smaller number than `before`. Raises DamagedStore."""
        return await action_log.read_actions(self.database, before=before, limit=limit, text=text)

    async def runs(self, prefix: str = "") -> list[Run | BadEntry]:
        """The newest 1,000 runs whose name begins with this prefix, newest first."""
        return await reading.runs(self.database, prefix)

    async def run_sizes(self, run_ids: Sequence[str]) -> Mapping[str, int]:
        """The number of edits of each of these runs. Raises DamagedStore."""
        return await reading.run_sizes(self.database, run_ids)

    async def usage(self) -> Usage:
        """Bytes of the store and of each run and shop."""
        return await retention.usage(self.database)

    async def would_prune(self, policy: RetentionPolicy) -> Going:
        """The entries that `prune` with this policy would remove now."""
        return await retention.preview(self.database, policy)

    async def prune(self, policy: RetentionPolicy) -> Going:
        """Removes entries with one transaction per batch; returns what it removed. Products keep their state."""
        return await retention.prune(self.database, policy)

    async def erase_shop(self, shop_id: str) -> Going:
        """Removes all data of a shop."""
        return await retention.erase_shop(self.database, shop_id)

    async def verify(self) -> Verified:
        """Reads every entry and checks the store's structure."""
        return await verifying.verify(self.database)

    async def backup(self, target: Path) -> None:
        """Copies a SQLite record consistently to a new file while others write. Raises ValueError for PostgreSQL."""
        await self.database.backup(target)

    async def repair(self) -> Path | None:
        """Rebuilds a damaged SQLite file from its entries; returns the path of the damaged one. None for PostgreSQL.

        No other process may be using the record.
        """
        return await self.database.repair()


def known_event(edit_id: int, at: datetime, name: EventName, **about: object) -> NewEvent:
    """An event without its empty fields."""
    return NewEvent(edit_id, at, name, {key: value for key, value in about.items() if value not in (None, "", (), [])})
