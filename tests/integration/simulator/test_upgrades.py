"""The category upgrade task: the products it moves, and when."""

from __future__ import annotations

import time

from simulator.traits import DAY
from simulator.webhooks import CATEGORY_CHANGE
from tests.integration.simulator.conftest import Platform
from tests.support.simulator_client import Client
from tests.support.simulator_waiting import until
from tests.support.webhook_receiver import Receiver

TASK = "/product/202407/products/category_upgrade_task"


def upgradable(client: Client) -> set[str]:
    world, shop, found = client.world, client.shop(), set()
    for index in range(shop.products):
        product = world.peek(shop, index)
        node = world.trees.v2.get(product["category_chains"][-1]["id"])
        if (
            not world.on_v2(shop, index)
            and (product["status"], product["audit"]["status"]) == ("ACTIVATE", "APPROVED")
            and product["create_time"] <= time.time() - DAY
            and node is not None
            and node.leaf
            and node.permissions == ("AVAILABLE",)
        ):
            found.add(product["id"])
    return found


async def test_it_moves_movable_products_with_a_webhook_each(platform: Platform) -> None:
    async with Receiver() as receiver:
        client = await platform(products=1200, upgrade_seconds=0.0, webhook_url=receiver.url)
        wanted, before = upgradable(client), {}
        for index in range(client.shop().products):
            product = client.world.make(client.shop(), index)
            before[product["id"]] = product
        answer = await client.call("POST", TASK)
        assert (answer.code, answer.data) == (0, {})
        moved = {each["data"]["product_id"] for each in receiver.of_type(CATEGORY_CHANGE)}
        assert moved == wanted
        ledger = await client.ledger()
        assert (ledger["upgraded"], ledger["moved"], ledger["damaged"]) == (len(wanted), len(wanted), 0)
        for identity in list(moved)[:20]:
            after = await client.get(identity)
            changes = {name for name in before[identity] if after.get(name) != before[identity][name]}
            assert changes <= {"category_chains", "update_time", "recommended_categories"}
        statuses = {before[identity]["status"] for identity in before.keys() - moved}
        assert {"DRAFT", "FREEZE"} & statuses
        young = [each for each in before.values() if each["create_time"] > time.time() - DAY]
        assert young
        assert not moved & {each["id"] for each in young}


async def test_it_moves_in_steps_and_ignores_a_second_task(platform: Platform) -> None:
    client = await platform(upgrade_seconds=0.4)
    wanted = len(upgradable(client))
    assert (await client.call("POST", TASK)).code == 0
    await until(lambda: 0 < len(client.shop().touched) < wanted)
    assert (await client.call("POST", TASK)).code == 0
    await until(lambda: not client.shop().upgrading)
    assert (await client.ledger())["upgraded"] == wanted


async def test_a_task_that_ran_out_of_time_is_started_again(platform: Platform) -> None:
    client = await platform(upgrade_seconds=0.0, upgrade_share=0.5)
    wanted = len(upgradable(client))
    done = [0]
    while done[-1] < wanted:
        await client.call("POST", TASK)
        done.append((await client.ledger())["upgraded"])
        assert done[-1] > done[-2] or done[-1] > 0.8 * wanted
    assert 0.3 * wanted < done[1] < 0.7 * wanted
