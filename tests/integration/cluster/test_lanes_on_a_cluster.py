"""Everything the lanes and leases promise on one server, promised by a cluster too: the very same tests."""

from __future__ import annotations

from redis.asyncio.cluster import RedisCluster

from shop_queue.keys import READY_KEYS, lane_keys
from shop_queue.relay import OUTCOMES, RELAYED
from tests.integration.shop_queue import test_lanes
from worker.lane_worker import TAG

for _name, _test in vars(test_lanes).items():
    if _name.startswith("test_"):
        globals()[_name] = _test


async def test_the_keys_of_a_shop_are_in_one_slot_and_so_are_those_of_the_ready_set(redis: RedisCluster) -> None:
    def slots(*keys: str) -> set[int]:
        return {redis.keyslot(key) for key in keys}

    assert len(slots(*lane_keys("7494000000000000001", own_outbox=True))) == 1
    assert len(slots(*READY_KEYS)) == 1
    assert len(slots(OUTCOMES, RELAYED)) == 1
    assert slots(TAG + "relist:cron", f"arq:job:{TAG}sweep:1", f"arq:retry:{TAG}sweep:1") == slots("arq:abort")
