"""The shared records on a real server: transactions, epochs, bounds."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from rollout import store as store_module
from rollout.codec import CorruptRecord
from rollout.keys import FLEET, GROUPS
from rollout.records import StopCause
from rollout.store import RolloutFull, RolloutStore


async def test_committed_records_are_read_again(redis: Redis) -> None:
    store = RolloutStore(redis)
    first = await store.read(["leaf/MX/1", "market/MX"])
    group = first.book.change("leaf/MX/1")
    group.clean, group.fields["title"] = 2, 7
    assert await store.commit(first) == 0
    again = await store.read(["leaf/MX/1", "market/MX"])
    assert again.book.group("leaf/MX/1").clean == 2
    assert again.book.group("leaf/MX/1").fields == {"title": 7}
    assert again.book.group("leaf/MX/1").used == first.now
    assert again.book.group("market/MX").version == 0


async def test_one_of_two_commits_from_one_state_is_refused(redis: Redis) -> None:
    store = RolloutStore(redis)
    one, other = [await store.read(["leaf/MX/1"]) for _ in range(2)]
    one.book.change("leaf/MX/1").clean = 1
    other.book.change("leaf/MX/1").clean = 5
    assert await store.commit(one) is not None
    assert await store.commit(other) is None
    assert (await store.read(["leaf/MX/1"])).book.group("leaf/MX/1").clean == 1


async def test_a_refused_commit_writes_nothing(redis: Redis) -> None:
    store = RolloutStore(redis)
    stale = await store.read(["a/b", "c/d"])
    fresh = await store.read(["c/d"])
    fresh.book.change("c/d").clean = 1
    await store.commit(fresh)
    stale.book.change("a/b").clean = 9
    stale.book.change("c/d").clean = 9
    assert await store.commit(stale) is None
    assert not await redis.hexists(GROUPS, "a/b")  # type: ignore[misc]


async def test_a_stop_raises_the_epoch_and_refuses_older_reads(redis: Redis) -> None:
    store = RolloutStore(redis)
    before = await store.read(["leaf/MX/1"])
    stop = await store.read([])
    stop.book.fleet.causes["market/MX"] = StopCause("market/MX", 1, "why", "operator")
    stop.book.fleet_changed = True
    assert await store.commit(stop) == 1
    assert await store.epoch() == 1
    before.book.change("leaf/MX/1").clean = 1
    assert await store.commit(before) is None
    after = await store.read([])
    assert after.epoch == 1
    assert after.book.fleet.causes == stop.book.fleet.causes


async def test_levels_are_bounded(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_GROUPS", 2)
    store = RolloutStore(redis)
    snapshot = await store.read(["a", "b", "c"])
    for key in "ab":
        snapshot.book.change(key).clean = 1
    await store.commit(snapshot)
    snapshot = await store.read(["a", "c"])
    snapshot.book.change("a").clean = 2
    assert await store.commit(snapshot) is not None
    snapshot = await store.read(["a", "c"])
    snapshot.book.change("c").clean = 1
    with pytest.raises(RolloutFull, match="prune"):
        await store.commit(snapshot)


async def test_prune_removes_unused_records_and_keeps_causes(redis: Redis) -> None:
    store = RolloutStore(redis)
    snapshot = await store.read(["leaf/MX/1", "leaf/MX/2"])
    for key in ("leaf/MX/1", "leaf/MX/2"):
        snapshot.book.change(key).clean = 1
    snapshot.book.fleet.causes["leaf/MX/2"] = StopCause("leaf/MX/2", 1, "why", "audits")
    snapshot.book.fleet_changed = True
    await store.commit(snapshot)
    assert await store.prune(snapshot.now) == 0
    assert await store.prune(snapshot.now + 1) == 1
    assert [key async for key, _ in store.groups()] == ["leaf/MX/2"]


@pytest.mark.parametrize("record", [b"", b"x {}", b"1 []", b'1 {"l": 5}', b'1 {"a": {"p": [1]}}', b"1 {"])
async def test_unreadable_record_is_named(redis: Redis, record: bytes) -> None:
    await redis.hset(GROUPS, "leaf/MX/1", record)  # type: ignore[misc]
    with pytest.raises(CorruptRecord, match="leaf/MX/1"):
        await RolloutStore(redis).read(["leaf/MX/1"])


async def test_unreadable_fleet_record_is_named(redis: Redis) -> None:
    await redis.set(FLEET, b'1 {"causes": [[1]]}')
    with pytest.raises(CorruptRecord, match="the fleet"):
        await RolloutStore(redis).read([])


async def test_an_open_leaf_takes_few_bytes(redis: Redis) -> None:
    store = RolloutStore(redis)
    snapshot = await store.read(["leaf/MX/700001"])
    group = snapshot.book.change("leaf/MX/700001")
    group.clean, group.passes = 2, 100
    group.fields = {f"a_field_{number}": snapshot.now for number in range(16)}
    await store.commit(snapshot)
    assert len(await redis.hget(GROUPS, "leaf/MX/700001") or b"") < 600  # type: ignore[misc]
