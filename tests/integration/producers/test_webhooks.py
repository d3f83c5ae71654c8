"""Webhooks over HTTP on a real server: forged, repeated, malformed and slow ones."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from http_server import health
from http_server.bounded_server import MAX_BODY_BYTES
from http_server.health import health_application, serve
from model.job import Job
from model.job_state import AuditNotice, AuditState
from model.shop import Shop
from producers import webhooks
from producers.pre_approvals import PreApprovals
from producers.webhooks import MAX_CONCURRENT, STALE_SECONDS, WebhookReceiver
from shop_queue.consumer import Commit, Complete, LaneConsumer
from shop_queue.keys import lane_keys
from shop_queue.leases import Lease, Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.signing import sign_webhook
from tiktok_shop.webhooks import Webhook

KEY, SECRET, SHOP, NOW = "key", "secret", "7494", 1_800_000_000


@dataclass
class Receiver:
    http: ClientSession
    port: int
    registry: CollectorRegistry

    async def send(self, body: object, *, signature: str | None = None, headers: dict[str, str] | None = None) -> int:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        given = {"authorization": sign_webhook(KEY, SECRET, raw) if signature is None else signature}
        async with self.http.post("/webhooks/tiktok", data=raw, headers={**given, **(headers or {})}) as answer:
            return answer.status

    def counted(self, result: str) -> float:
        return sum(
            sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == "relist_webhooks_total" and sample.labels["result"] == result
        )


@pytest.fixture
async def receiver(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    monkeypatch.setattr(health, "LINGERING_SECONDS", 0.2)
    registry = CollectorRegistry()

    async def ready() -> str:
        return ""

    app = health_application(registry, ready)
    apps = {"": (KEY, SECRET), "same": (KEY, SECRET), "other": ("key-2", "secret-2")}
    taking = WebhookReceiver(apps, redis, registry, clock=lambda: NOW)
    app.router.add_post("/webhooks/tiktok", taking.receive)
    runner, port = await serve(app, "127.0.0.1", 0)
    await ShopRegistry(redis).add(Shop(SHOP, "c", "US", SHOP))
    async with ClientSession(f"http://127.0.0.1:{port}") as http:
        yield Receiver(http, port, registry)
    await runner.cleanup()


def deauthorized(**change: object) -> dict[str, Any]:
    return {"type": 6, "tts_notification_id": "n1", "shop_id": SHOP, "timestamp": NOW, "data": {}, **change}


def approved(number: int = 1, **change: object) -> dict[str, Any]:
    data = {"product_id": 1, "audit": {"status": "APPROVED"}, "update_time": NOW}
    return {"type": 37, "tts_notification_id": f"a{number}", "shop_id": SHOP, "timestamp": NOW, "data": data, **change}


async def everything(redis: Redis) -> dict[bytes, bytes | None]:
    return {key: await redis.dump(key) for key in await redis.keys("*")}


@pytest.mark.parametrize("signature", ["", "0" * 64, "ü" * 64, "x" * 5000])
async def test_forged_webhook_changes_nothing(redis: Redis, receiver: Receiver, signature: str) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "audit:1", "audit"), 60)])
    before = await everything(redis)
    for body in (deauthorized(), approved(), b"", b"x" * 1000):
        assert await receiver.send(body, signature=signature) == 401
    body = orjson.dumps(approved())
    assert await receiver.send(body, signature=sign_webhook(KEY, "another secret", body)) == 401
    assert await receiver.send(body + b" ", signature=sign_webhook(KEY, SECRET, body)) == 401
    assert await everything(redis) == before
    assert receiver.counted("forged") == 6


async def test_repeated_webhook_is_applied_once(redis: Redis, receiver: Receiver) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "audit:1", "audit"), 60)])
    assert await receiver.send(approved()) == 200
    payload = await redis.hget(lane_keys(SHOP).jobs, "audit:1")
    answers = await asyncio.gather(*(receiver.send(approved()) for _ in range(99)))
    assert set(answers) == {200}
    assert receiver.counted("repeated") == 99
    assert await redis.hget(lane_keys(SHOP).jobs, "audit:1") == payload
    assert await redis.hlen(lane_keys(SHOP).jobs) == 1


async def at_work(redis: Redis) -> tuple[LaneConsumer, Lease]:
    """Let a worker start product 1's job without committing it."""
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    (lease,) = (await Leases(redis, "w1", 30).take(1, 0)).leases
    holder = LaneConsumer(redis)
    await holder.open(lease)
    await holder.claim([(lease, 1)])
    return holder, lease


async def test_audit_event_waits_for_the_commit_of_its_edit(
    redis: Redis, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, lease = await at_work(redis)
    waits = asyncio.Event()

    async def until_committed(_: float) -> None:
        waits.set()
        await committed.wait()

    committed = asyncio.Event()
    monkeypatch.setattr(webhooks, "pause", until_committed)
    sent = asyncio.create_task(receiver.send(approved()))
    await waits.wait()
    follow_up = EnqueueRequest(Job(SHOP, "audit:1", "audit"), 3600)
    (done,) = await holder.commit([Commit(lease, [Complete("1", "in_audit", {}, follow_ups=(follow_up,))])])
    assert not isinstance(done, Exception)
    committed.set()
    assert await sent == 200
    payload = await redis.hget(lane_keys(SHOP).jobs, "audit:1")
    assert Job.load(SHOP, "audit:1", payload or b"").state == AuditState(notice=AuditNotice("APPROVED", NOW))
    assert await redis.zcard(lane_keys(SHOP).delayed) == 0, "it is due immediately"


@pytest.mark.parametrize("seen", ["in flight still", "ended already"])
async def test_audit_event_during_the_commit_is_not_lost(
    redis: Redis, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, seen: str
) -> None:
    holder, lease = await at_work(redis)
    really_at_work = WebhookReceiver._is_in_flight

    async def in_that_moment(self: WebhookReceiver, webhook: Webhook) -> bool:
        before = await really_at_work(self, webhook)
        follow_up = EnqueueRequest(Job(SHOP, "audit:1", "audit"), 3600)
        await holder.commit([Commit(lease, [Complete("1", "in_audit", {}, follow_ups=(follow_up,))])])
        return before if seen == "in flight still" else await really_at_work(self, webhook)

    monkeypatch.setattr(WebhookReceiver, "_is_in_flight", in_that_moment)
    assert await receiver.send(approved()) == 200
    payload = await redis.hget(lane_keys(SHOP).jobs, "audit:1")
    assert Job.load(SHOP, "audit:1", payload or b"").state == AuditState(notice=AuditNotice("APPROVED", NOW))


async def test_audit_event_of_an_unfinished_edit_is_postponed(
    redis: Redis, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(_: float) -> None:
        return

    await at_work(redis)
    monkeypatch.setattr(webhooks, "pause", at_once)
    assert await receiver.send(approved()) == 503
    assert receiver.counted("early") == 1


async def test_webhook_without_id_is_deduplicated_by_body(receiver: Receiver) -> None:
    body = approved()
    del body["tts_notification_id"]
    assert [await receiver.send(body), await receiver.send(body)] == [200, 200]
    assert receiver.counted("repeated") == 1


async def test_stale_deauthorisation_parks_nothing(redis: Redis, receiver: Receiver) -> None:
    """The seller may have authorised the app again since, and the old message may be replayed."""
    assert await receiver.send(deauthorized(timestamp=NOW - STALE_SECONDS - 1)) == 200
    assert await redis.hget(lane_keys(SHOP).control, "state") is None
    assert receiver.counted("stale") == 1
    assert await receiver.send(deauthorized(tts_notification_id="n2")) == 200
    assert await redis.hget(lane_keys(SHOP).control, "state") == b"parked"
    await LaneProducer(redis).set_state(SHOP, "active")
    assert await receiver.send(deauthorized(tts_notification_id="n2")) == 200
    assert await redis.hget(lane_keys(SHOP).control, "state") == b"active"
    remembered = await redis.ttl("relist:webhook:n2")
    assert remembered > STALE_SECONDS, "remembered until it is stale"


@pytest.mark.parametrize(("app", "state"), [("same", b"parked"), ("other", None), ("missing", None)])
async def test_only_the_app_of_a_shop_deauthorises_it(
    redis: Redis, receiver: Receiver, app: str, state: bytes | None
) -> None:
    """Two names may stand for one app, for example while its shops move from one name to the other."""
    await ShopRegistry(redis).add(Shop(SHOP, "c", "US", SHOP, app=app))
    assert await receiver.send(deauthorized()) == 200
    assert await redis.hget(lane_keys(SHOP).control, "state") == state


async def test_webhook_of_an_unknown_shop_stores_nothing(redis: Redis, receiver: Receiver) -> None:
    for kind in (6, 7, 37):
        assert await receiver.send(approved(kind, type=kind, shop_id="404")) == 200
    assert not [key for key in await redis.keys("*") if b"404" in key]


WRONG: list[object] = [None, True, -1, 10**30, 1.5, "", "x" * 5000, "}{", "1\x002", [], [[]], {}, {"a": {}}]


@pytest.mark.parametrize("name", ["type", "tts_notification_id", "shop_id", "timestamp", "data"])
async def test_wrong_types_in_a_signed_webhook_change_nothing(redis: Redis, receiver: Receiver, name: str) -> None:
    for kind in (5, 6, 7, 18, 37, 99):
        for value in WRONG:
            body = {**approved(), "type": kind, "shop_id": "404", "data": {}, name: value}
            assert await receiver.send(json.dumps(body).encode()) in (200, 400)
    assert not [key for key in await redis.keys("*") if not key.startswith((b"relist:webhook:", b"relist:shops"))]
    assert all(len(key) < 160 for key in await redis.keys("*"))


@pytest.mark.parametrize("name", ["product_id", "audit", "update_time", "current_category_id", "status"])
async def test_wrong_types_in_webhook_data_change_nothing(redis: Redis, receiver: Receiver, name: str) -> None:
    await LaneProducer(redis).enqueue(
        [EnqueueRequest(Job(SHOP, "1")), EnqueueRequest(Job(SHOP, "audit:1", "audit"), 60)]
    )
    before = await redis.hgetall(lane_keys(SHOP).jobs)
    for kind in (5, 18, 37):
        for number, value in enumerate(WRONG):
            data = {"product_id": 1, "audit": {"status": "x"}, name: value}
            assert await receiver.send(json.dumps(approved(number, type=kind, data=data)).encode()) == 200
    assert await redis.hgetall(lane_keys(SHOP).jobs) == before


@pytest.mark.parametrize(
    "raw", [b"", b"\x00", b"[" * 5000, b"[" * 1000 + b"]" * 1000, b'{"type":1e999}', b'"\xff"', b"[]", b"null"]
)
async def test_signed_body_that_is_not_a_webhook_is_refused(receiver: Receiver, raw: bytes) -> None:
    assert await receiver.send(raw) == 400


async def test_content_type_and_encoding_are_ignored(receiver: Receiver) -> None:
    for content_type in ("text/html", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x"):
        assert await receiver.send(approved(1), headers={"content-type": content_type}) == 200
    assert await receiver.send(approved(2), headers={"content-encoding": "gzip"}) == 200, "signed as sent"


async def test_oversized_body_is_refused_and_endless_body_is_cut_off(receiver: Receiver) -> None:
    assert await receiver.send(b"x" * (MAX_BODY_BYTES + 1)) == 413
    _, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
    writer.write(b"POST /webhooks/tiktok HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                await writer.drain()
    writer.close()


async def test_trickling_body_times_out(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "BODY_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
    writer.write(b"POST /webhooks/tiktok HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx")
    async with asyncio.timeout(10):
        assert b" 408 " in await reader.readline()
    writer.close()
    assert receiver.counted("slow") == 1


async def test_webhooks_beyond_capacity_are_shed(
    redis: Redis, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "audit:1", "audit"), 60)])
    monkeypatch.setattr(webhooks, "QUEUE_SECONDS", 0.0)
    really_knows = WebhookReceiver._process
    inside, all_inside, go_on = 0, asyncio.Event(), asyncio.Event()

    async def slowly(self: WebhookReceiver, webhook: Webhook, app: str) -> str:
        nonlocal inside
        inside += 1
        if inside == MAX_CONCURRENT:
            all_inside.set()
        await go_on.wait()
        return await really_knows(self, webhook, app)

    monkeypatch.setattr(WebhookReceiver, "_process", slowly)
    taken = [asyncio.create_task(receiver.send(approved(number))) for number in range(MAX_CONCURRENT)]
    await all_inside.wait()
    assert await receiver.send(approved(1000)) == 503
    assert await receiver.send(approved(1001), signature="0" * 64) == 401
    go_on.set()
    assert set(await asyncio.gather(*taken)) == {200}, "a free slot is used even after the deadline"
    assert receiver.counted("shed") == 1
    assert await receiver.send(approved(1000)) == 200, "a shed webhook is not remembered"


@pytest.mark.parametrize(
    ("audit", "noted"),
    [
        ({"status": "PRE_APPROVED", "pre_approved_reason": "KYC_PENDING"}, True),
        ({"status": "PRE_APPROVED", "pre_approved_reasons": ["KYC_PENDING"]}, False),
        ({"status": "APPROVED"}, None),
        ({"status": "PRE_APPROVED"}, None),
    ],
)
async def test_the_spelling_of_a_pre_approval_is_noted(
    receiver: Receiver, redis: Redis, audit: dict[str, Any], noted: bool | None
) -> None:
    await ShopRegistry(redis).add(Shop(SHOP, "ROW_x", "US", SHOP))
    body = {"type": 37, "tts_notification_id": "n1", "shop_id": SHOP, "timestamp": NOW, "data": {"audit": audit}}
    assert await receiver.send(body) == 200
    assert await receiver.send({**body, "tts_notification_id": "n2", "shop_id": "999"}) == 200
    seen = await PreApprovals(redis).latest(SHOP)
    assert (seen.is_singular if seen else None) is noted
    assert await PreApprovals(redis).latest("999") is None, "an unknown shop"
