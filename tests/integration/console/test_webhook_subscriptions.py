"""`relist webhooks set` repeats subscriptions that the platform confirmed but did not keep."""

from __future__ import annotations

from console.webhook_subscriptions import MAX_ROUNDS, subscribe
from tests.support.fixed_token import FixedToken
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
