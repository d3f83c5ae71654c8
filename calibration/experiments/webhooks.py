"""How webhook subscriptions are kept. Only topics to which the shop is not subscribed are used, and they are removed
afterwards.
"""

from __future__ import annotations

from calibration.findings import Finding, Inconclusive, Measured
from calibration.response import RawResponse, request_ids, rows, text
from calibration.workbench import Workbench

WEBHOOKS = "/event/202309/webhooks"
PUBLIC, PLAIN = "https://relist-calibration.example/webhooks", "http://127.0.0.1:9/webhooks"
TOPICS = (
    "PRODUCT_STATUS_CHANGE",
    "PRODUCT_INFORMATION_CHANGE",
    "PRODUCT_CREATION",
    "PRODUCT_CATEGORY_CHANGE",
    "PRODUCT_AUDIT_STATUS_CHANGE",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "NEW_CONVERSATION",
    "NEW_MESSAGE",
)
MAX_ADDED = 4
"""The platform once lost the fourth registration."""


async def webhook_address(bench: Workbench) -> list[Finding]:
    (topic,) = await _free_topics(bench, 1)
    try:
        response = await _put(bench, topic, PLAIN)
    finally:
        await _delete(bench, [topic])
    if not response.accepted and not response.refuses_the_body and response.code != 36009004:
        raise Inconclusive(f"a webhook over HTTP was {response}")
    evidence = f"a webhook to {PLAIN}: {response}"
    return [Measured("webhook_address", not response.accepted, evidence, request_ids(response))]


async def webhook_registration(bench: Workbench) -> list[Finding]:
    """Subscribe to topics one by one, and list the subscriptions after each."""
    topics = await _free_topics(bench, MAX_ADDED)
    try:
        for number, topic in enumerate(topics, 1):
            response = await _put(bench, topic, PUBLIC)
            if not response.accepted:
                raise Inconclusive(f"a webhook to a public address was {response}")
            if topic not in await _subscribed(bench):
                evidence = f"subscription {number} is reported as a success and not listed"
                return [Measured("webhook_registration", True, evidence, request_ids(response))]
    finally:
        await _delete(bench, topics)
    evidence = f"{len(topics)} subscriptions in a row are all listed"
    return [Measured("webhook_registration", False, evidence, request_ids(response))]


async def _free_topics(bench: Workbench, count: int) -> list[str]:
    taken = await _subscribed(bench)
    free = [each for each in TOPICS if each not in taken][:count]
    if len(free) < count:
        raise Inconclusive("the shop is already subscribed to nearly every topic, and those are left unchanged")
    return free


async def _subscribed(bench: Workbench) -> set[str]:
    response = await bench.wire.read("GET", WEBHOOKS)
    if not response.accepted:
        raise Inconclusive(f"the webhooks cannot be listed: {response}")
    return {text(each, "event_type") for each in rows(response.data, "webhooks")}


async def _put(bench: Workbench, topic: str, address: str) -> RawResponse:
    return await bench.wire.write("PUT", WEBHOOKS, {"event_type": topic, "address": address})


async def _delete(bench: Workbench, topics: list[str]) -> None:
    for topic in topics:
        await bench.wire.write("DELETE", WEBHOOKS, {"event_type": topic})
