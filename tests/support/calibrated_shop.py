"""Runs calibrations against a simulated platform, through its public addresses only."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from yarl import URL

from calibration.findings import Finding
from calibration.run import Calibration, calibrate
from calibration.wire import DevelopmentApp, Wire, open_session
from calibration.workbench import Workbench
from facts.load import platform_facts
from producers.pre_approvals import PreApproval, pre_approval_of
from simulator.server import RunningSimulator
from simulator.shop import SimulatedShop
from tests.support.simulator_client import KEY, SECRET
from tests.support.webhook_receiver import Receiver
from tiktok_shop.webhooks import parse_webhook


@dataclass(slots=True)
class DirectTokens:
    """Tokens in memory, refreshed at the platform's token address."""

    session: aiohttp.ClientSession
    url: str
    shop: SimulatedShop
    access: str = field(init=False)
    refresh: str = field(init=False)

    def __post_init__(self) -> None:
        self.access, self.refresh = self.shop.access_token(), self.shop.refresh_token

    async def access_token(self) -> str:
        return self.access

    async def refresh_token(self) -> str:
        return self.refresh

    async def refreshed(self, expired: str) -> str:
        if expired == self.access:
            assert await self._exchange(self.refresh)
        return self.access

    async def spend_again(self, refresh_token: str) -> bool:
        return await self._exchange(refresh_token)

    async def _exchange(self, refresh_token: str) -> bool:
        query = {"app_key": KEY, "app_secret": SECRET, "grant_type": "refresh_token", "refresh_token": refresh_token}
        url = URL(f"{self.url}/api/v2/token/refresh").with_query(query)
        async with self.session.get(url) as response:
            answer: dict[str, Any] = orjson.loads(await response.read())
        if answer["code"]:
            return False
        self.access, self.refresh = answer["data"]["access_token"], answer["data"]["refresh_token"]
        return True


@dataclass(slots=True)
class ReceivedNotices:
    """The notices of webhooks that arrive at `receiver`, as stored by a gateway."""

    receiver: Receiver

    async def latest(self) -> PreApproval | None:
        seen = (pre_approval_of(parse_webhook(orjson.dumps(each))) for each in reversed(self.receiver.taken))
        return next((each for each in seen if each is not None), None)


@dataclass(slots=True)
class CalibratedShop:
    running: RunningSimulator
    bench: Workbench
    tokens: DirectTokens

    async def calibrate(self, *facts: str) -> dict[str, Finding]:
        """Run the experiments of these facts, or of all but the hourly quota. Returns the findings by fact."""
        wanted = frozenset(facts or platform_facts().facts.keys() - {"sandbox_quota"})
        self.result = await calibrate(self.bench, self.tokens, wanted, lambda _: None)
        return {each.fact_id: each for each in self.result.findings}

    result: Calibration = field(init=False)

    @property
    def shop(self) -> SimulatedShop:
        return self.running.world.shops[0]

    def changed_titles(self) -> list[str]:
        """Titles of the created, edited or deleted products that still exist."""
        listings = [each.live for each in self.shop.touched.values() if each.edits or each.live["status"] != "DELETED"]
        return [each["title"] for each in listings if each["status"] != "DELETED"]


@contextlib.asynccontextmanager
async def calibrated_shop(running: RunningSimulator) -> AsyncIterator[CalibratedShop]:
    shop = running.world.shops[0]
    async with open_session() as session, aiohttp.ClientSession() as own, Receiver() as receiver:
        running.world.set_switches({"webhook_url": receiver.url})
        tokens = DirectTokens(own, running.url, shop)
        wire = Wire(session, DevelopmentApp(running.url, KEY, SECRET), tokens, shop.cipher, rate=1000)
        bench = Workbench(wire, shop.region, review_seconds=10, poll_seconds=0.05, index_seconds=5)
        bench.notices = ReceivedNotices(receiver)
        yield CalibratedShop(running, bench, tokens)
