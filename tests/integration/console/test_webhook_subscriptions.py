"""`relist webhooks set` repeats subscriptions that the platform confirmed but did not keep."""

from __future__ import annotations

import json

from console.webhook_subscriptions import AT_ONCE, MAX_ROUNDS, subscribe
from demo.local_fleet import APP_KEY, APP_SECRET
from tests.support.command_here import fleet_command
from tests.support.fixed_token import FixedToken
from tests.support.fleet_here import FleetHere
from tests.support.scripted_platform import Platform, Reply, running_platform
from tiktok_shop import ShopClient, Transport
from tiktok_shop.webhooks import SUBSCRIBED_EVENTS

ADDRESS = "https://relist.example.com/webhooks/tiktok"


def listing(*events: str) -> Reply:
    return Reply({"webhooks": [{"event_type": event, "address": ADDRESS} for event in events]})


async def _subscribed(replies: list[Reply]) -> tuple[tuple[str, ...], Platform]:
    async with running_platform() as platform, Transport(platform.url, platform.url, "k", "s") as transport:
        platform.replies.extend(replies)
        return await subscribe(ShopClient(transport, FixedToken("t"), "c"), ADDRESS), platform


def set_events(platform: Platform) -> list[str]:
    return [sent.body["event_type"] for sent in platform.received if sent.method == "PUT"]


async def test_missing_subscription_is_repeated() -> None:
    success = [Reply({})] * len(SUBSCRIBED_EVENTS)
    missing, platform = await _subscribed(
        [*success, listing(*SUBSCRIBED_EVENTS[:-1]), Reply({}), listing(*SUBSCRIBED_EVENTS)]
    )
    assert missing == ()
    assert set_events(platform) == [*SUBSCRIBED_EVENTS, SUBSCRIBED_EVENTS[-1]]


async def test_subscription_that_is_never_kept_is_reported() -> None:
    first, *others = SUBSCRIBED_EVENTS
    one_round = [Reply({}), listing(*others)]
    missing, platform = await _subscribed([Reply({})] * len(others) + one_round * MAX_ROUNDS)
    assert missing == (first,)
    assert set_events(platform).count(first) == MAX_ROUNDS


async def test_a_shop_that_fails_is_named_and_the_others_are_subscribed() -> None:
    async with FleetHere(("--shops", "3", "--products", "3")) as fleet:
        first, second, third = await fleet.add_shops()
        await fleet.fault(shop_id=first, token_dead=True)
        done = await fleet_command(fleet, "webhooks", "set", ADDRESS)
        assert done.code == 1
        assert "2 shops subscribed to 5 events each" in done.out
        assert f"the app again: relist shops connect (1 shop: {first})" in done.err
        listed = await fleet_command(fleet, "webhooks", "list", first)
        assert listed.code == 1
        assert "let the seller authorise the app again: relist shops connect" in listed.err
        for shop in (second, third):
            assert ADDRESS in (await fleet_command(fleet, "webhooks", "list", shop)).out


async def test_a_platform_that_does_not_respond_is_asked_for_a_few_shops_only() -> None:
    async with FleetHere(("--shops", "30", "--products", "30")) as fleet:
        shops = await fleet.add_shops()
        nowhere = {"RELIST_API_URL": "http://127.0.0.1:1"}
        done = await fleet_command(fleet, "webhooks", "set", ADDRESS, environment=nowhere)
        assert done.out == "0 shops subscribed to 5 events each\n"
        assert f"({AT_ONCE} shops: {shops[0]}" in done.err
        other = {"RELIST_TOKEN_KEY": "another key of the right length"}
        done = await fleet_command(fleet, "webhooks", "set", ADDRESS, environment=other)
        assert "RELIST_TOKEN_KEY_OTHER, to the key the tokens were stored with (30 shops" in done.err


async def test_doctor_names_webhooks_that_miss_the_gateway() -> None:
    async with FleetHere(("--shops", "1", "--products", "1")) as fleet:
        (shop,) = await fleet.add_shops()
        found = await fleet_command(fleet, "webhooks", "set", ADDRESS)
        assert found.code == 0, found.err
        assert "webhook_address" not in (await fleet_command(fleet, "doctor", "--json")).out
        platform = fleet.platform.address
        async with (
            fleet.http.get(f"{platform}/simulator/shops") as reply,
            Transport(platform, platform, APP_KEY, APP_SECRET) as transport,
        ):
            (seller,) = await reply.json()
            client = ShopClient(transport, FixedToken(seller["access_token"]), seller["cipher"])
            await client.set_webhook(SUBSCRIBED_EVENTS[1], "https://relist.example.com/webhook/tiktok")
        findings = json.loads((await fleet_command(fleet, "doctor", "--json")).out)
        (wrong,) = [each for each in findings if each["cause"] == "webhook_address"]
        assert (wrong["verdict"], wrong["shops"]) == ("warning", [shop])
        assert wrong["fix"].endswith("/webhooks/tiktok")
