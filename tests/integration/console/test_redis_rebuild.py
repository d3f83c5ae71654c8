"""A rebuilt Redis follows the audits of accepted edits as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from console.redis_rebuild import rebuild
from model.job import Job, audit_job_id
from model.job_state import AuditState, state_of
from monitoring.fleet import read_shops
from record.action_log import NewAction
from record.copies import ShopCopy, save
from record.opening import open_record
from record.record import known_event
from record.state import StateChange
from rollout.operations import RolloutOperations
from shop_queue.keys import lane_keys
from shop_queue.shop_registry import ShopRegistry
from tests.support.record_entries import NOON, an_edit
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore

SHOP = an_edit().shop_id


@pytest.mark.parametrize(("kind", "repeats"), [("relist", True), ("undo", False), ("list", False)])
async def test_only_a_replaced_relist_is_repeated(redis: Redis, tmp_path: Path, kind: str, repeats: bool) -> None:
    """A seller's save that replaces an undo during its audit must not lead to the edit that was undone."""
    record, edit = open_record("", tmp_path / "record"), an_edit(kind=kind)
    await record.upgrade()
    await save(record.database, [ShopCopy(SHOP, "seller", {"cipher": "c", "region": "US", "account": "seller"})], [])
    answered = known_event(await record.append(edit), NOON, "answered", outcome="in_audit", request_id="r")
    await record.append_event(answered, StateChange(NOON, SHOP, edit.product_id, "in_audit"))
    async with Transport("http://127.0.0.1:1", "http://127.0.0.1:1", "key", "secret") as transport:
        rebuilt = await rebuild(record, redis, TokenStore(redis, TokenCipher("k" * 16), transport))
    await record.close()
    assert rebuilt.audits == 1
    audit = audit_job_id(edit.product_id)
    job = Job.load(SHOP, audit, await redis.hget(lane_keys(SHOP).jobs, audit))  # type: ignore[misc,arg-type]
    assert state_of(job.state, AuditState).repeats == repeats


async def test_what_people_stopped_stays_stopped(redis: Redis, tmp_path: Path) -> None:
    """A pause is an order: losing Redis must not let the shop's edits continue."""
    record, shops = open_record("", tmp_path / "record"), ["7", "8", "9"]
    await record.upgrade()
    copies = [ShopCopy(each, "seller", {"cipher": "c", "region": "US", "account": "seller"}) for each in shops]
    await save(record.database, copies, [])
    for name, about in (
        ("shops_paused", {"shops": ["7", "8", "404"], "count": 3, "reason": "stocktaking"}),
        ("shops_resumed", {"shops": ["8"], "count": 1}),
        ("shop_limited", {"shop": "9", "per_second": 2}),
        ("rollout_stop", {"cause": "market/US", "why": "holiday"}),
        ("rollout_stop", {"cause": "no such level"}),
    ):
        await record.add_action(NewAction(NOON, "ana", "operator", name, about))
    async with Transport("http://127.0.0.1:1", "http://127.0.0.1:1", "key", "secret") as transport:
        rebuilt = await rebuild(record, redis, TokenStore(redis, TokenCipher("k" * 16), transport))
    await record.close()
    assert (rebuilt.paused, rebuilt.limited, rebuilt.stopped) == (["7"], ["9"], ["market/US"])
    known = {each.shop_id: each for each in await read_shops(redis, await ShopRegistry(redis).all())}
    assert [known[each].state for each in shops] == ["paused", "active", "active"]
    assert known["7"].reason == "stocktaking"
    assert float(await redis.hget(lane_keys("9").control, "limit")) == 2  # type: ignore[misc,arg-type]
    (cause,) = await RolloutOperations(redis).causes()
    assert (cause.key, cause.why) == ("market/US", "holiday")
