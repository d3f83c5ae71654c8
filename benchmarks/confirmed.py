"""Opens the rollout's windows for known edits, as in a fleet that has run for a while."""

from __future__ import annotations

from collections.abc import Sequence

from redis.asyncio import Redis

from rollout.edit import Edit
from rollout.store import RolloutStore

LOOKS = PASSES = 1_000_000
"""Numbers of read-backs without damage and of passed audits, far more than any policy requires."""
AT_ONCE = 200


async def confirm(redis: Redis, edits: Sequence[Edit]) -> None:
    """Confirms every level of the edits, and every field in its leaf."""
    store = RolloutStore(redis)
    for first in range(0, len(edits), AT_ONCE):
        part = edits[first : first + AT_ONCE]
        snapshot = await store.read(key for edit in part for key in edit.keys)
        for edit in part:
            for key in edit.keys:
                group = snapshot.book.change(key)
                group.clean, group.passes, group.best = LOOKS, PASSES, PASSES
            leaf = snapshot.book.change(edit.leaf_key)
            leaf.fields.update(dict.fromkeys(edit.fields, snapshot.now))
        if await store.commit(snapshot) is None:
            raise RuntimeError("another process changed the rollout's records")
