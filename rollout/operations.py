"""The operations of `relist rollout` and the web UI on the shared records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from redis_client.connect import AnyRedis
from rollout import operator
from rollout.edit import EVERY_MARKET, check_key, is_in_one_market
from rollout.operator import UnknownCause
from rollout.policy import PolicyName
from rollout.records import MAX_EXAMPLES, Book, LevelRecord, StopCause
from rollout.store import RolloutStore
from rollout.transactions import Transactions


@dataclass(frozen=True, slots=True)
class RolloutOverview:
    causes: tuple[StopCause, ...]
    """Wide causes come before those they explain; otherwise oldest first."""
    levels: dict[str, int]
    """Kind of level -> number of known levels."""
    runs: dict[str, PolicyName]


@dataclass(frozen=True, slots=True)
class LimitedLevel:
    """A level whose edits are still limited, because too few of them are known to be safe."""

    key: str
    clean: int
    """Read-backs without damage."""
    looking: int
    """Edits whose read-back is pending."""
    in_audit: int
    passes: int
    rejections: int
    examples: tuple[str, ...]


class RolloutOperations:
    """Every method raises RedisError or OSError while Redis is unavailable, and CorruptRecord."""

    def __init__(self, redis: AnyRedis) -> None:
        self._store = RolloutStore(redis)
        self._transactions = Transactions(self._store, lambda epoch, book, now: None)

    async def causes(self) -> tuple[StopCause, ...]:
        fleet = (await self._store.read(())).book.fleet
        return tuple(sorted(fleet.causes.values(), key=lambda each: (each.under != "", each.since, each.key)))

    async def list(self) -> RolloutOverview:
        levels: Counter[str] = Counter()
        async for key, _ in self._store.groups():
            levels[key.split("/", 1)[0]] += 1
        fleet = (await self._store.read(())).book.fleet
        return RolloutOverview(await self.causes(), dict(sorted(levels.items())), fleet.runs)

    async def growing(self, most: int) -> tuple[LimitedLevel, ...]:
        """The levels with edits being read back or in audit now, those with the most first."""
        found = [
            LimitedLevel(
                *(key, group.clean, len(group.looking), len(group.auditing), group.passes, group.rejections),
                tuple([*group.looking, *group.auditing][:MAX_EXAMPLES]),
            )
            async for key, group in self._store.groups()
            if group.looking or group.auditing
        ]
        return tuple(sorted(found, key=lambda each: (-each.looking - each.in_audit, each.key))[:most])

    async def audit_median(self) -> float:
        """The longest measured median of any market's audits in seconds; 0 before the first measurement."""
        medians = [group.cohort.median async for key, group in self._store.groups() if key.startswith("market/")]
        return max(medians, default=0) / 1000

    async def show(self, key: str) -> tuple[StopCause | None, LevelRecord | None]:
        """The cause and the record of its level. Raises InvalidEdit, and UnknownCause if neither exists."""
        keys = operator.keys_to_change(key)
        book = (await self._store.read(keys)).book
        cause, group = book.fleet.causes.get(key), book.groups[keys[0]] if keys else None
        if cause is None and (group is None or not group.version):
            raise UnknownCause(key)
        return cause, group

    async def release(self, key: str) -> StopCause:
        """Raises InvalidEdit, UnknownCause."""
        keys = await self._keys_of(key)
        return await self._transactions.decide(keys, lambda book, now: operator.release(book, key))

    async def accept(self, key: str) -> StopCause:
        """Raises InvalidEdit, UnknownCause."""
        keys = await self._keys_of(key)
        return await self._transactions.decide(keys, lambda book, now: operator.accept(book, key, now))

    async def _keys_of(self, key: str) -> tuple[str, ...]:
        """The records removed with the cause: its own, and those of its decision in single markets."""
        keys = operator.keys_to_change(key)
        book = (await self._store.read(keys)).book
        known = {each for each in book.fleet.causes if is_in_one_market(each, key)}
        if key.startswith(f"decision/{EVERY_MARKET}/"):
            rest = key.split("/", 2)[2]
            known |= {f"decision/{market}/{rest}" for market in book.groups[key].against if "/" not in market}
        return (*keys, *sorted(known))

    async def stop(self, key: str, why: str) -> StopCause:
        """Raises InvalidEdit."""
        return await self._transactions.decide((), lambda book, now: operator.stop(book, key, why, now))

    async def ask_undo(self, key: str) -> StopCause:
        """Raises InvalidEdit, UnknownCause."""
        return await self._transactions.decide((), lambda book, now: operator.ask_undo(book, check_key(key), now))

    async def probe(self, key: str) -> StopCause:
        """Raises InvalidEdit, UnknownCause, NotAllowed."""
        return await self._transactions.decide((), lambda book, now: operator.probe(book, check_key(key)))

    async def set_run_policy(self, run_id: str, policy: PolicyName | None) -> None:
        def set_policy(book: Book, now: int) -> None:
            operator.set_run_policy(book, run_id, policy)

        await self._transactions.decide((), set_policy)

    async def prune(self, unused_days: int) -> int:
        """Deletes levels that have not been used for this many days; returns their number."""
        now = (await self._store.read(())).now
        return await self._store.prune(now - unused_days * 86_400_000)
