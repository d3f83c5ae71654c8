"""Faults in token refreshes, and a catalogue that changes while the simulator runs."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.integration.simulator.conftest import Platform
from tests.support.simulator_client import KEY, SECRET, Client

ATTRIBUTES = "/product/202309/categories/{}/attributes"


async def refresh(client: Client) -> Any:
    query = {"app_key": KEY, "app_secret": SECRET, "grant_type": "refresh_token"}
    return await client.plain("GET", "/api/v2/token/refresh", **query, refresh_token=client.shop().refresh_token)


async def accounts(client: Client) -> Any:
    ledger = orjson.loads((await client.plain("GET", "/simulator/ledger")).raw)
    return ledger["accounts"][client.shop().account.name]


@pytest.mark.parametrize(
    ("answer", "status", "code"), [("error", 500, 36009003), ("malformed", 200, 0), ("refused", 200, 36004004)]
)
async def test_faulty_refreshes_keep_or_lose_the_old_tokens(
    platform: Platform, answer: str, status: int, code: int
) -> None:
    client = await platform()
    await client.faults(refresh_answer=answer)
    got = await refresh(client)
    assert (got.status, got.code) == (status, code)
    assert "refresh_token" not in got.data
    await client.faults(refresh_answer="")
    assert (await refresh(client)).code == 0
    assert await accounts(client) == {"refreshes": 1, "refreshes_refused": 0}


async def test_a_token_can_expire_early(platform: Platform) -> None:
    client = await platform()
    await client.faults(shop_id=client.shop().shop_id, token_expired=True)
    query = {"category_version": "v2"}
    assert (await client.call("GET", "/product/202309/categories", **query)).code == 105002
    assert (await refresh(client)).code == 0
    assert (await client.call("GET", "/product/202309/categories", **query)).code == 0


async def test_the_catalogue_can_change_while_it_runs(platform: Platform) -> None:
    client = await platform()
    trees = client.world.trees
    leaf = next(each for each in trees.v1_leaves if each in trees.v2 and trees.v2[each].leaf)
    path = ATTRIBUTES.format(leaf)
    before = (await client.call("GET", path, category_version="v2")).data["attributes"]
    await client.faults(values_replaced=[leaf], origin_required=[leaf])
    after = {each["name"]: each for each in (await client.call("GET", path, category_version="v2")).data["attributes"]}
    assert after["Origin"]["is_requried"]
    assert after["Material"]["values"] != next(each for each in before if each["name"] == "Material")["values"]
    await client.faults(leaf_invite_only=[leaf])
    assert trees.v2[leaf].permissions == ("INVITE_ONLY",)
    await client.faults(leaf_split=[leaf])
    assert (await client.call("GET", path, category_version="v2")).code == 12052024
    wrong = await client.plain("POST", "/simulator/faults", {"leaf_split": [leaf]})
    assert wrong.status == 400
