"""The record's interface, the same over both backends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from record import reading, retention, verifying
from record.codec import packed_about
from record.database import Database
from record.entry import BadEntry, EventName, NewEdit, NewEvent, StoredEdit
from record.group import Group
from record.group_commit import GATHER_SECONDS, GroupCommit
from record.retention import Going, Policy, Usage
from record.scope import Scope
from record.state import ProductState, ProductStateName, Run, StateChange
from record.verifying import Verified


class Record:
    """Every method raises RecordUnavailable while the store is away or full; the next call tries again."""

    def __init__(self, database: Database, gather_seconds: float = GATHER_SECONDS) -> None:
        self.database = database
        self._groups = GroupCommit(database, gather_seconds)

    @property
    def where(self) -> str:
        """The directory, or host and database: for people."""
        return self.database.where

    async def upgrade(self) -> int:
        """Applies missing migrations; the schema's version. Raises SchemaTooNew."""
        return await self.database.upgrade()

    async def close(self) -> None:
        """Returns when everything appended is written, or has failed."""
        await self._groups.close()
        await self.database.close()

    async def append(self, edit: NewEdit) -> int:
        """Returns the edit's number once it is durable: only then may the edit be sent.

        Raises TypeError, ValueError for content that is not JSON or ids that are not text.
        """
        return await self._groups.submit(lambda group: group.add_edit(edit))

    async def append_event(self, event: NewEvent, state: StateChange | None = None) -> None:
        """Returns once the event, and the state the product enters with it, are durable. The edit's product is a
        member of its run since `append`."""
        about = packed_about(event.about)

        def add(group: Group) -> None:
            group.add_event(event, about)
            if state is not None:
                group.add_state(state, join=False)

        await self._groups.submit(add)

    async def set_states(self, changes: Iterable[StateChange]) -> None:
        """Products enter states; with a run id they become its members. The last change of a product counts."""
        changes = tuple(changes)

        def add(group: Group) -> None:
            for change in changes:
                group.add_state(change)

        await self._groups.submit(add)

    async def begin_run(self, run: Run) -> None:
        """Known from now on; a run that is known already stays as it is."""
        await self._groups.submit(lambda group: group.add_run(run))

    def edits(self, scope: Scope, *, thorough: bool = True) -> AsyncIterator[StoredEdit | BadEntry]:
        """Everything in scope, a page at a time. Bad entries are named and reading goes on behind them.

        `thorough`: where SQLite's own structure is damaged, entries are searched for in the whole file, which takes
        time and as much disk again. Without it such entries are only named.
        """
        return reading.edits(self.database, scope, thorough)

    async def last_edit(self, shop_id: str, product_id: str) -> StoredEdit | BadEntry | None:
        """The product's newest entry."""
        async for entry in self.edits(Scope(shop_id, product_id, newest_first=True)):
            return entry
        return None

    async def product(self, shop_id: str, product_id: str) -> ProductState | BadEntry | None:
        return await reading.product(self.database, shop_id, product_id)

    def products(
        self, *, run_id: str = "", shop_id: str = "", state: ProductStateName | None = None
    ) -> AsyncIterator[ProductState | BadEntry]:
        """Known products, by shop and product."""
        return reading.products(self.database, run_id, shop_id, state)

    async def counts(self, *, run_id: str = "", shop_id: str = "") -> Mapping[ProductStateName, int]:
        """Products in each of the ten states. All products and those of a shop are counted as they change; those of a
        run when asked for."""
        return await reading.counts(self.database, run_id, shop_id)

    async def runs(self) -> list[Run | BadEntry]:
        """The newest 1,000, newest first."""
        return await reading.runs(self.database)

    async def usage(self) -> Usage:
        """Bytes of the store and of each run and shop."""
        return await retention.usage(self.database)

    async def would_prune(self, policy: Policy) -> Going:
        """The entries that `prune` with this policy would remove now."""
        return await retention.preview(self.database, policy)

    async def prune(self, policy: Policy) -> Going:
        """Removes entries, a batch a transaction; what it has removed. Products keep their state."""
        return await retention.prune(self.database, policy)

    async def erase_shop(self, shop_id: str) -> Going:
        """Removes everything the record knows of a shop."""
        return await retention.erase_shop(self.database, shop_id)

    async def verify(self) -> Verified:
        """Reads every entry and checks the store's structure."""
        return await verifying.verify(self.database)

    async def backup(self, target: Path) -> None:
        """A consistent copy of a SQLite record in a new file, while others write. Raises ValueError for PostgreSQL."""
        await self.database.backup(target)

    async def repair(self) -> Path | None:
        """Rebuilds a damaged SQLite file from its entries; the path the damaged one is kept under. None for PostgreSQL.

        No other process may be using the record.
        """
        return await self.database.repair()


def known_event(edit_id: int, at: datetime, name: EventName, **about: object) -> NewEvent:
    """An event without the fields that are empty."""
    return NewEvent(edit_id, at, name, {key: value for key, value in about.items() if value not in (None, "", (), [])})
