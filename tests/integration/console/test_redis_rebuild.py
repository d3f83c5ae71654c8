"""A rebuilt Redis follows the audits of accepted edits as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from console.redis_rebuild import rebuild
from model.job import Job, audit_job_id
from model.job_state import AuditState, state_of
from record.copies import ShopCopy, save
from record.opening import open_record
from record.record import known_event
from record.state import StateChange
from shop_queue.keys import lane_keys
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
