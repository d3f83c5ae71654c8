"""Forged, repeated and slow webhooks while a fleet works: refused or recognised, and answered in time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
import orjson
import pytest

from demo.local_fleet import APP_KEY, APP_SECRET, LocalFleet, running_fleet
from shop_queue.keys import SHOPS, lane_keys
from tests.support.conservation import assert_conserved, search_all, until_done, until_moved
from tests.support.hostile_entries import resident_bytes
from tests.support.survived import Survived
from tiktok_shop.signing import sign_webhook

WEBHOOKS, AT_ONCE = 5000, 450
"""Nearly all the connections the gateway accepts."""
PLATFORM_SECONDS = 3.0
"""Seconds the platform waits for a response."""
SLOW_CLIENTS = 300
LARGE_BYTES = 10 * 1024 * 1024
SETTINGS = {"audit_poll_seconds": "3", "max_jobs": "20"}
Signed = tuple[bytes, str]


@dataclass(slots=True)
class Responses:
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]

    def figures(self) -> dict[str, float]:
        """Checks that every webhook was answered in time, and returns the latencies."""
        assert max(self.seconds) < PLATFORM_SECONDS, self.quantile(0.99)
        return {
            "answered": len(self.seconds),
            "p50_ms": self.quantile(0.5) * 1000,
            "p99_ms": self.quantile(0.99) * 1000,
            "longest_ms": max(self.seconds) * 1000,
        }


def signed(body: dict[str, object]) -> Signed:
    raw = orjson.dumps(body)
    return raw, sign_webhook(APP_KEY, APP_SECRET, raw)


def unknown_webhook(shop_id: str, chance: random.Random) -> dict[str, object]:
    """A webhook for an unknown product, old or recent, of any known type except a deauthorization."""
    number = chance.randrange(10**9)
    return {
        "type": chance.choice([5, 7, 18, 37, 99]),
        "tts_notification_id": f"n{number}",
        "shop_id": shop_id,
        "timestamp": int(time.time()) - chance.randrange(0, 20 * 3600),
        "data": {
            "product_id": 8 * 10**17 + number,
            "audit": {"status": chance.choice(["APPROVED", "FAILED", "AUDITING"])},
            "status": "PRODUCT_AUDIT_FAILURE",
            "current_category_id": str(number),
            "update_time": 1,
        },
    }


async def send_as_taken(fleet: LocalFleet, make: Callable[[int], Signed], count: int, at_once: int) -> Responses:
    """Keeps `at_once` requests in progress, so that the gateway is at its limit and the sender has no queue."""
    responses = Responses()
    address = f"http://127.0.0.1:{fleet.gateway.address}/webhooks/tiktok"
    numbers = iter(range(count))
    limits = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=limits, timeout=aiohttp.ClientTimeout(30)) as http:

        async def send() -> None:
            for number in numbers:
                raw, signature = make(number)
                began = time.monotonic()
                async with http.post(address, data=raw, headers={"authorization": signature}) as answer:
                    await answer.read()
                responses.seconds.append(time.monotonic() - began)
                responses.statuses[answer.status] += 1

        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(send())
    return responses


async def send_at_rate(fleet: LocalFleet, make: Callable[[int], Signed], rate: int, seconds: int) -> Responses:
    """Sends at a fixed rate, whether or not earlier requests have finished."""
    responses = Responses()
    limits = aiohttp.TCPConnector(limit=200)
    address = f"http://127.0.0.1:{fleet.gateway.address}/webhooks/tiktok"
    async with aiohttp.ClientSession(connector=limits, timeout=aiohttp.ClientTimeout(30)) as http:

        async def send(raw: bytes, signature: str, due: float) -> None:
            async with http.post(address, data=raw, headers={"authorization": signature}) as answer:
                await answer.read()
            responses.seconds.append(time.monotonic() - due)
            responses.statuses[answer.status] += 1

        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in range(rate * seconds):
                due = began + number / rate
                if (early := due - time.monotonic()) > 0:
                    await asyncio.sleep(early)
                tasks.create_task(send(*make(number), due))
    return responses


async def shops_of(fleet: LocalFleet) -> list[str]:
    return sorted(shop.decode() for shop in await fleet.redis.hkeys(SHOPS))


@pytest.mark.slow
async def test_webhook_burst_during_work_is_answered_in_time(survived: Survived) -> None:
    async with running_fleet(2, "--shops", "4", "--products", "400", **SETTINGS) as fleet:
        shops, chance = await shops_of(fleet), random.Random(1)
        made = [signed(unknown_webhook(chance.choice(shops), chance)) for _ in range(WEBHOOKS // 4)]
        await search_all(fleet)
        await until_moved(fleet, 20)

        def make(number: int) -> Signed:
            raw, signature = made[number % len(made)]
            # Every fourth is forged; the others are sent three times, in random order.
            return (raw, "0" * 64) if number % 4 == 3 else (raw, signature)

        began = time.monotonic()
        responses = await send_as_taken(fleet, make, WEBHOOKS, AT_ONCE)
        seconds = time.monotonic() - began
        shed = responses.statuses.pop(503, 0)
        assert responses.statuses == {200: WEBHOOKS - WEBHOOKS // 4 - shed, 401: WEBHOOKS // 4}
        figures = responses.figures()
        await until_done(fleet)
        await assert_conserved(fleet, 0)
        survived(
            f"{WEBHOOKS:,} webhooks while a fleet works, {AT_ONCE} at a time, a quarter forged",
            promise="every response within 3 s, no listing and no job changed by them",
            answered_a_second=WEBHOOKS / seconds,
            told_to_come_again=shed,
            **figures,
        )


@pytest.mark.slow
async def test_forged_and_repeated_webhooks_change_nothing(survived: Survived) -> None:
    async with running_fleet(2, "--shops", "2", "--products", "200", **SETTINGS) as fleet:
        shops, chance = await shops_of(fleet), random.Random(2)
        await search_all(fleet)
        await until_moved(fleet, 20)
        withdrawn = {
            "type": 6,
            "tts_notification_id": "w",
            "shop_id": shops[0],
            "timestamp": int(time.time()),
            "data": {},
        }
        raw, signature = signed(withdrawn)
        old_raw, old_signature = signed({**withdrawn, "tts_notification_id": "old", "timestamp": 1_700_000_000})
        forged = [
            (raw, ""),
            (raw, signature[:-1] + "x"),
            (raw + b" ", signature),
            (raw, "0" * 64),
            (old_raw, old_signature),
        ]
        copies = [signed(unknown_webhook(shops[1], chance)) for _ in range(10)] * 100
        chance.shuffle(copies)
        sent = [*(forged * 100), *copies]
        responses = await send_at_rate(fleet, lambda number: sent[number], 500, len(sent) // 500)
        assert responses.statuses == {401: 400, 200: 1100}
        assert await fleet.redis.hget(lane_keys(shops[0]).control, "state") is None
        metrics = await metrics_of(fleet)
        repeated = sum(value for name, value in metrics.items() if 'result="repeated"' in name)
        await until_done(fleet)
        await assert_conserved(fleet, 0)
        survived(
            "deauthorizations forged in four ways or years old, and 10 webhooks sent 100 times each",
            promise="forgeries change nothing; repetitions are recognised",
            forged=responses.statuses[401],
            known_again=int(repeated),
            longest_ms=max(responses.seconds) * 1000,
        )


async def metrics_of(fleet: LocalFleet) -> dict[str, float]:
    async with fleet.http.get(f"http://127.0.0.1:{fleet.gateway.address}/metrics") as answer:
        lines = [line.rpartition(" ") for line in (await answer.text()).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines if name.startswith("relist_webhooks_total")}


BEGINNINGS = (
    b"",
    b"POST /webhooks/tiktok HTTP/1.1\r\nhost: x\r\nx-slow: ",
    b"POST /webhooks/tiktok HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{",
    b"POST /webhooks/tiktok HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
    b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n",
)


async def trickle(port: int, beginning: bytes, number: int) -> None:
    """Starts a request, sends a byte now and then, and starts over when it is disconnected."""
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(beginning)
                while not writer.transport.is_closing():
                    await asyncio.sleep(0.5 + number % 10 / 20)
                    writer.write(b"x")
                    await writer.drain()
            finally:
                writer.close()
        await asyncio.sleep(0.2)


async def flood(port: int) -> None:
    """Sends 10 MB bodies, one after the other."""
    async with aiohttp.ClientSession() as http:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.post(f"http://127.0.0.1:{port}/webhooks/tiktok", data=b"x" * LARGE_BYTES) as answer:
                    assert answer.status in (401, 413)
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_slow_clients_do_not_delay_webhooks(survived: Survived) -> None:
    async with running_fleet(1, "--shops", "2", "--products", "200", **SETTINGS) as fleet:
        shops, chance, port = await shops_of(fleet), random.Random(3), int(fleet.gateway.address)
        await search_all(fleet)
        await until_moved(fleet, 10)
        before = resident_bytes(fleet.gateway.process.pid)
        beginnings = itertools.cycle(BEGINNINGS)
        bad = [asyncio.create_task(trickle(port, next(beginnings), number)) for number in range(SLOW_CLIENTS)]
        bad += [asyncio.create_task(flood(port)) for _ in range(2)]
        try:
            responses = await send_at_rate(
                fleet, lambda _: signed(unknown_webhook(chance.choice(shops), chance)), 100, 8
            )
        finally:
            for task in bad:
                task.cancel()
            ended = await asyncio.gather(*bad, return_exceptions=True)
        assert not [each for each in ended if isinstance(each, AssertionError)]
        assert responses.statuses == {200: 800}
        figures = responses.figures()
        after = resident_bytes(fleet.gateway.process.pid)
        await until_done(fleet)
        await assert_conserved(fleet, 0)
        survived(
            f"{SLOW_CLIENTS} slow clients (trickled headers and bodies), 10 MB bodies, 100 valid webhooks per second",
            promise="every valid webhook answered within 3 s, memory bounded",
            **figures,
            gateway_rss_grown_MiB=(after - before) / 1024**2,
        )
