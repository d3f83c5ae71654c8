"""Runs decisions on the shared records; concurrent decisions share one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, TypeVar

from rollout.codec import CorruptRecord
from rollout.records import Book
from rollout.store import RolloutStore, Snapshot

T = TypeVar("T")
AT_ONCE = 200
TRIES = 50
LONGEST_PAUSE_SECONDS = 0.05


class RolloutContended(Exception):
    """Other processes changed the records during every try. Try again later."""


@dataclass(slots=True)
class _Asked(Generic[T]):
    keys: Sequence[str]
    decide: Callable[[Book, int], T]
    done: bool = False
    result: T | None = None
    error: BaseException | None = None


@dataclass(slots=True)
class Transactions:
    """Runs at most one transaction at a time per process; decisions requested in the meantime go into the next."""

    store: RolloutStore
    learned: Callable[[int, Book, int], None]
    """Called with the epoch, the records and the server time after every transaction."""
    random: Random = field(default_factory=Random)
    _waiting: list[_Asked[Any]] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def decide(self, keys: Sequence[str], decide: Callable[[Book, int], T]) -> T:
        """Runs `decide(book, now)` on the records of `keys`. It may be called several times, with fresh records.

        Raises the exceptions of `decide`, RolloutContended, RolloutFull, CorruptRecord, RedisError and OSError.
        """
        asked: _Asked[T] = _Asked(keys, decide)
        self._waiting.append(asked)
        async with self._turn:
            while not asked.done:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                try:
                    await self._carry_out(batch)
                except asyncio.CancelledError:
                    # Only the cancelled caller's decision is dropped; the next waiting caller runs the others.
                    self._waiting = [each for each in batch if not each.done and each is not asked] + self._waiting
                    raise
                except CorruptRecord:
                    await self._carry_out_apart(batch)
                except Exception as error:
                    for each in batch:
                        each.done, each.error = True, error
        if asked.error is not None:
            raise asked.error
        return asked.result  # type: ignore[return-value]

    async def _carry_out_apart(self, batch: Sequence[_Asked[Any]]) -> None:
        """Runs each decision separately, so that an unreadable record fails only the decisions that need it."""
        for each in batch:
            try:
                await self._carry_out([each])
            except Exception as error:
                each.done, each.error = True, error

    async def _carry_out(self, batch: Sequence[_Asked[Any]]) -> None:
        keys = tuple(dict.fromkeys(key for each in batch for key in each.keys))
        for tried in range(TRIES):
            snapshot = await self.store.read(keys)
            for each in batch:
                _decide(each, snapshot)
            epoch = await self.store.commit(snapshot)
            if epoch is not None:
                self.learned(epoch, snapshot.book, snapshot.now)
                for each in batch:
                    each.done = True
                return
            await asyncio.sleep(self.random.random() * min(0.001 * 2**tried, LONGEST_PAUSE_SECONDS))
        raise RolloutContended("the rollout's records changed during every try: try again")


def _decide(asked: _Asked[Any], snapshot: Snapshot) -> None:
    asked.result, asked.error = None, None
    try:
        asked.result = asked.decide(snapshot.book, snapshot.now)
    except ValueError as error:  # InvalidEdit, UnknownCause, NotAllowed: these concern only this caller
        asked.error = error
