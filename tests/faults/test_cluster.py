"""A fleet on a Redis Cluster: one of three masters is killed under load, and its replica is promoted."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis.asyncio.cluster import RedisCluster as Client

from demo.local_fleet import LocalFleet
from shop_queue.keys import OUTCOMES, READY, lane_keys
from tests.support.conservation import search_all, until_done, until_moved
from tests.support.fault_fleets import (
    at_work,
    eventually,
    fault_fleet,
    same_processes,
    seconds_until_all_move,
    until_searched,
)
from tests.support.redis_cluster import RedisCluster
from tests.support.repeated_edits import assert_redone
from tests.support.survived import Survived

pytestmark = pytest.mark.slow

IN_FLIGHT = 20
SIZE = ("--shops", "6", "--products", "1200")
SETTINGS = {"lease_seconds": "2", "max_jobs": str(IN_FLIGHT), "audit_poll_seconds": "3", "max_rate": "12"}
NODE_TIMEOUT_MS = 2000
RESUMED = 5.0
MARGIN = 3.0
"""Extra seconds for a busy machine."""
FIRST = "7494000000000000001"
LOST = {"the leases": READY, "the outcome stream": OUTCOMES, "a shop's lane": lane_keys(FIRST).jobs}


def master_of(fleet: LocalFleet, key: str) -> int:
    """The port of the server that holds the key."""
    assert isinstance(fleet.redis, Client)
    node = fleet.redis.get_node_from_key(key)
    assert node is not None
    return int(node.port)


@pytest.mark.parametrize("what", LOST)
async def test_cluster_promotes_replica_of_killed_master(what: str, survived: Survived) -> None:
    with RedisCluster(replicated=True, node_timeout_ms=NODE_TIMEOUT_MS) as cluster:
        async with at_work(fault_fleet(SIZE, SETTINGS, redis_at=cluster.url)) as fleet:
            await search_all(fleet)
            await until_searched(fleet)
            await until_moved(fleet, 50)
            before = (await fleet.books())["total"]["edits_accepted"]
            victim, killed = master_of(fleet, LOST[what]), time.monotonic()
            cluster.kill(victim)
            promoted = await eventually(
                lambda: asyncio.to_thread(cluster.is_promoted, victim), 30, "the replica is promoted"
            )
            took = await seconds_until_all_move(fleet, RESUMED + MARGIN)
            resumed = time.monotonic() - killed
            lost_edits = (await fleet.books())["total"]["edits_accepted"] - before
            await until_done(fleet)
            await search_all(fleet)
            await until_done(fleet)
            same_processes(fleet)
            redone = await assert_redone(fleet, 2 * IN_FLIGHT, lost_edits, outcomes_apart=True)
    survived(
        f"Cluster: the master of {what} is killed, its replica is promoted",
        promise="workers stay up, every shop resumes within the failover time + 5 s",
        failover_seconds=promoted,
        resumed_after_it_seconds=took,
        resumed_in_all_seconds=resumed,
        **redone.figures(),
    )
