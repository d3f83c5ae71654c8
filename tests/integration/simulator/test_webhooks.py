"""Webhooks: content, signature, retries, and faults of delivery."""

from __future__ import annotations

import pytest

from simulator.media import image_uri
from simulator.webhooks import AUDIT_CHANGE, CATEGORY_CHANGE, STATUS_CHANGE
from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body
from tests.support.simulator_client import Client
from tests.support.simulator_waiting import some_movable, until
from tests.support.webhook_receiver import Receiver


async def move(client: Client, count: int = 1) -> list[str]:
    products = some_movable(client, count)
    for identity, body in products:
        assert (await client.edit(identity, body)).code == 0
    return [identity for identity, _ in products]


async def test_an_approval_sends_category_and_audit_webhooks(platform: Platform) -> None:
    async with Receiver() as receiver:
        client = await platform(webhook_url=receiver.url)
        (identity,) = await move(client)
        await until(lambda: len(receiver.taken) == 2)
        moved, audited = receiver.taken
        assert (moved["type"], audited["type"], receiver.forged) == (CATEGORY_CHANGE, AUDIT_CHANGE, 0)
        assert moved.keys() == {"type", "tts_notification_id", "shop_id", "timestamp", "data"}
        assert moved["data"].keys() == {"product_id", "previous_category_id", "current_category_id", "update_time"}
        assert moved["data"]["product_id"] == identity, "a string in this webhook"
        assert audited["data"]["product_id"] == int(identity), "a number beyond 2**53 in that one"
        assert audited["data"]["audit"] == {"status": "APPROVED"}
        assert moved["shop_id"] == client.shop().shop_id


async def test_a_rejection_sends_audit_and_status_webhooks(platform: Platform) -> None:
    async with Receiver() as receiver:
        client = await platform(webhook_url=receiver.url, audit_reject_share=1.0)
        (identity,) = await move(client)
        await until(lambda: len(receiver.taken) == 2)
        audited, status = receiver.taken
        assert (audited["type"], audited["data"]["audit"]["status"]) == (AUDIT_CHANGE, "FAILED")
        assert (status["type"], status["data"]["status"]) == (STATUS_CHANGE, "PRODUCT_AUDIT_FAILURE")
        assert status["data"]["product_id"] == int(identity)


@pytest.mark.parametrize("singular", [False, True])
async def test_a_pre_approval_webhook_names_its_reason(platform: Platform, singular: bool) -> None:
    async with Receiver() as receiver:
        client = await platform(webhook_url=receiver.url, pre_approved_reason_is_singular=singular)
        leaf = next(
            node.id for node in client.world.trees.v2.values() if node.leaf and "INVITE_ONLY" in node.permissions
        )
        body = create_body(client.world, client.shop(), category_id=leaf)
        body["certifications"] = [{"id": "7001", "images": [{"uri": image_uri(1)}], "expiration_date": 2**31}]
        body["size_chart"] = {"image": {"uri": image_uri(1, 1200, 1200)}}
        assert (await client.call("POST", "/product/202309/products", body)).code == 0
        await until(lambda: len(receiver.taken) == 1)
        reason = "RESTRICTED_CATEGORY_PENDING"
        reason_field = {"pre_approved_reason": reason} if singular else {"pre_approved_reasons": [reason]}
        assert receiver.taken[0]["data"]["audit"] == {"status": "PRE_APPROVED", **reason_field}


async def test_a_registered_address_gets_its_event_type_only(platform: Platform) -> None:
    async with Receiver() as receiver:
        client = await platform()
        body = {"address": receiver.url, "event_type": "PRODUCT_AUDIT_STATUS_CHANGE"}
        assert (await client.call("PUT", "/event/202309/webhooks", body)).code == 0
        await move(client, 3)
        await until(lambda: len(receiver.taken) == 3)
        assert {each["type"] for each in receiver.taken} == {AUDIT_CHANGE}


async def test_a_refused_webhook_is_repeated_with_the_same_id(platform: Platform) -> None:
    async with Receiver(rejections=2) as receiver:
        client = await platform(webhook_url=receiver.url, webhook_retry_seconds=(0.01, 0.01, 0.01))
        await move(client, 3)
        await until(lambda: len(receiver.taken) == 6)
        assert len({each["tts_notification_id"] for each in receiver.taken}) == 6
        assert len(receiver.attempts) == 18


async def test_webhooks_stop_after_the_last_attempt(platform: Platform) -> None:
    async with Receiver(rejections=100) as receiver:
        client = await platform(webhook_url=receiver.url, webhook_retry_seconds=(0.01,))
        (identity,) = await move(client)
        await until(lambda: len(receiver.attempts) == 4)
        assert (await client.get(identity))["audit"]["status"] == "APPROVED"
        assert receiver.taken == []


async def test_webhooks_can_be_duplicated(platform: Platform) -> None:
    async with Receiver() as receiver:
        client = await platform(webhook_url=receiver.url)
        await client.faults(webhook_duplicate_share=1.0)
        await move(client)
        await until(lambda: len(receiver.taken) == 4)
        assert len({each["tts_notification_id"] for each in receiver.taken}) == 2


async def test_dropped_webhooks_never_arrive(platform: Platform) -> None:
    async with Receiver() as receiver:
        client = await platform(webhook_url=receiver.url)
        await client.faults(webhook_drop_share=1.0)
        first = await move(client, 3)
        await until(lambda: all(each.on_v2 for each in client.shop().touched.values()))
        await client.faults(webhook_drop_share=0.0)
        identity, body = some_movable(client, 4)[3]
        await client.edit(identity, body)
        await until(lambda: len(receiver.taken) == 2)
        assert identity not in first
        assert {str(each["data"]["product_id"]) for each in receiver.taken} == {identity}


async def test_reordered_webhooks_arrive_after_later_ones(platform: Platform) -> None:
    async with Receiver() as receiver:
        client = await platform(webhook_url=receiver.url)
        await client.faults(webhook_reorder_share=0.4)
        await move(client, 40)
        await until(lambda: len(receiver.taken) == 80)
        numbers = [int(each["tts_notification_id"].removeprefix("sim-")) for each in receiver.taken]
        assert sorted(numbers) == list(range(1, 81)), "each once, none lost"
        assert numbers != sorted(numbers)


async def test_delayed_webhooks_arrive_late(platform: Platform) -> None:
    async with Receiver() as receiver:
        client = await platform(webhook_url=receiver.url)
        await client.faults(webhook_delay_seconds=0.05)
        (identity,) = await move(client)
        await until(lambda: client.shop().touched[client.world.index_of(client.shop(), identity)].on_v2)
        assert receiver.taken == []
        await until(lambda: len(receiver.taken) == 2)
