"""Actions of a seller and an operator in the fault tests."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import orjson

from console.fleet_table import fleet_state
from demo.local_fleet import LocalFleet
from model.job import Job
from model.job_state import stored_state
from rollout.admission import LOOK_PATIENCE_MS
from shop_queue.keys import OUTCOMES, lane_keys

WAIT_SECONDS = 60.0
FOR_OTHERS = {"under_review", "seller_draft", "product_frozen"}
"""Reasons for which a product waits as long as the platform or the seller likes."""
DONE_SECONDS = WAIT_SECONDS + LOOK_PATIENCE_MS / 1000
"""A shop may wait for the first look at an edit of a parked shop until that look's place expires."""


async def simulated_shops(fleet: LocalFleet) -> list[dict[str, Any]]:
    """Shops of the simulator, with their current tokens."""
    async with fleet.http.get(f"{fleet.platform.address}/simulator/shops") as answer:
        shops: list[dict[str, Any]] = orjson.loads(await answer.read())
    return shops


async def deauthorise(fleet: LocalFleet, shop_id: str) -> None:
    """The platform sends webhook 6 and no longer accepts the shop's tokens."""
    address = f"{fleet.platform.address}/simulator/deauthorizations"
    async with fleet.http.post(address, json={"shop_id": shop_id}) as answer:
        answer.raise_for_status()


async def authorize_again(fleet: LocalFleet, shop_id: str, generation: int) -> None:
    """The seller authorises again, and an operator runs `relist shops add`."""
    await fleet.fault(shop_id=shop_id, token_dead=False, generation=generation)
    (shop,) = (each for each in await simulated_shops(fleet) if each["shop_id"] == shop_id)
    named = ("access_token", "refresh_token", "access_expires", "refresh_expires")
    ended = await fleet.command(
        *("shops", "add", "--shop-id", shop_id, "--cipher", shop["cipher"], "--region", shop["region"]),
        *("--account", shop["account"]),
        standard_input=json.dumps({name: shop[name] for name in named}),
    )
    assert ended.code == 0, ended.err


async def shop_state(fleet: LocalFleet, shop_id: str) -> dict[str, Any]:
    state: dict[str, Any]
    (state,) = (each for each in (await fleet_state(fleet.redis))["shops"] if each["shop_id"] == shop_id)
    return state


async def until_parked(fleet: LocalFleet, shop_id: str) -> dict[str, Any]:
    """Returns the state of the parked shop: the reason, and when the park ends."""
    async with asyncio.timeout(WAIT_SECONDS):
        while (state := await shop_state(fleet, shop_id))["state"] != "parked":
            await asyncio.sleep(0.02)
    return state


async def until_shop_done(fleet: LocalFleet, *shop_ids: str) -> None:
    """Waits until the shops have no job left but those that wait for the platform or the seller."""
    async with asyncio.timeout(DONE_SECONDS):
        for shop_id in shop_ids:
            while not await _is_done(fleet, shop_id):
                await asyncio.sleep(0.05)


async def _is_done(fleet: LocalFleet, shop_id: str) -> bool:
    payloads = await fleet.redis.hgetall(lane_keys(shop_id).jobs)
    waits = {_waits_for(Job.load(shop_id, name.decode(), each)) for name, each in payloads.items()}
    return waits <= FOR_OTHERS


def _waits_for(job: Job) -> str:
    """The code of the reason for which the job waits; empty if it is due or follows an audit."""
    return stored_state(job.kind, job.state).waiting_for


async def outcomes(fleet: LocalFleet) -> list[dict[str, Any]]:
    """The published outcomes of products."""
    published = [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]
    return [each for each in published if each["product_id"]]


async def refreshes(fleet: LocalFleet) -> dict[str, dict[str, int]]:
    """Account -> refreshes granted and refused, from the simulator's ledger."""
    accounts: dict[str, dict[str, int]] = (await fleet.books())["accounts"]
    return accounts
