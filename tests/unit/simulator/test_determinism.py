"""A seed always gives the same world, and unread products take no memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import asdict

import orjson

from simulator.options import SimulatorOptions
from simulator.world import World

OPTIONS = SimulatorOptions(seed=3, shops=3, products=900, started_at=1_795_000_000, regions=("US", "DE", "VN"))


def everything(world: World) -> bytes:
    leaves = [node.id for node in world.trees.v2.values() if node.leaf]
    return orjson.dumps(
        [
            [world.make(shop, index) for shop in world.shops for index in range(world.count(shop))],
            [[world.catalogue.attributes(leaf), world.catalogue.rules(leaf)] for leaf in leaves],
            list(world.trees.v1.values()),
            list(world.trees.v2.values()),
            [
                [
                    asdict(shop.seller) | {"authorized_brands": sorted(shop.authorized_brands)},
                    shop.reads.per_second,
                    shop.writes.per_second,
                ]
                for shop in world.shops
            ],
        ]
    )


def test_two_worlds_of_a_seed_are_the_same_bytes() -> None:
    assert everything(World(OPTIONS)) == everything(World(OPTIONS))


def test_another_seed_is_another_world() -> None:
    other = SimulatorOptions(seed=4, shops=3, products=900, started_at=1_795_000_000, regions=("US", "DE", "VN"))
    assert everything(World(OPTIONS)) != everything(World(other))


def test_the_order_of_reads_changes_nothing() -> None:
    forwards, backwards = World(OPTIONS), World(OPTIONS)
    shop, other = forwards.shops[0], backwards.shops[0]
    first = [forwards.peek(shop, index) for index in range(50)]
    last = [backwards.peek(other, index) for index in reversed(range(50))]
    assert first == last[::-1]


def test_a_million_products_cost_nothing_until_touched() -> None:
    options = SimulatorOptions(seed=3, shops=10, products=1_000_000)
    World(options)
    tracemalloc.start()
    try:
        world = World(options)
        before, _ = tracemalloc.get_traced_memory()
        for shop in world.shops:
            world.peek(shop, 99_999)
            world.count_untouched(shop, lambda traits: not traits.born_on_v2, (0, 2**40))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert before < 3_000_000
    assert after - before < 3_000_000
    assert not any(shop.touched for shop in world.shops)
    world.touch(world.shops[0], 5)
    assert sum(len(shop.touched) for shop in world.shops) == 1
