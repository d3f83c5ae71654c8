"""The faults of a soak, injected one after the other. Each fault has ended when its function returns."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from demo.local_fleet import LocalFleet, Part

WORKERS = 3


@dataclass(slots=True)
class SoakFleet:
    """The fleet, and the processes that may be killed; the others run to the end, so that leaks become visible."""

    fleet: LocalFleet
    random: Random
    workers: list[Part]
    """The workers that may be killed."""
    gateway: Part
    """A second gateway, which may be killed; the platform's webhooks go to the first."""
    shops: list[str]


async def _worker_killed(soak: SoakFleet) -> None:
    index = soak.random.randrange(len(soak.workers))
    await soak.workers[index].kill()
    await asyncio.sleep(soak.random.uniform(0, 3))
    soak.workers[index] = await soak.fleet.start_worker()


async def _worker_restarted(soak: SoakFleet) -> None:
    index = soak.random.randrange(len(soak.workers))
    await soak.workers[index].end()
    soak.workers[index] = await soak.fleet.start_worker()


async def _worker_frozen(soak: SoakFleet) -> None:
    frozen = soak.random.choice(soak.workers).process
    frozen.send_signal(signal.SIGSTOP)
    await asyncio.sleep(soak.random.uniform(0.5, 6))
    frozen.send_signal(signal.SIGCONT)


async def _gateway_killed(soak: SoakFleet) -> None:
    await soak.gateway.kill()
    soak.gateway = await soak.fleet.start("gateway", "--announce")


async def _redis_killed(soak: SoakFleet) -> None:
    await soak.fleet.stop_redis()
    await asyncio.sleep(soak.random.uniform(0, 3))
    await soak.fleet.start_redis()


async def _redis_forgets_scripts_and_clients(soak: SoakFleet) -> None:
    await soak.fleet.redis.execute_command("SCRIPT", "FLUSH")
    for kind in ("normal", "pubsub"):
        await soak.fleet.redis.execute_command("CLIENT", "KILL", "TYPE", kind)


async def _platform(soak: SoakFleet, **faults: float | bool) -> None:
    await soak.fleet.fault(**faults)
    await asyncio.sleep(soak.random.uniform(2, 8))
    await soak.fleet.fault(**{name: type(value)(0) for name, value in faults.items()})


async def _errors(soak: SoakFleet) -> None:
    await _platform(soak, error_share=0.3, reset_before_share=0.1)


async def _resets(soak: SoakFleet) -> None:
    await _platform(soak, reset_share=0.2)


async def _malformed(soak: SoakFleet) -> None:
    await _platform(soak, malformed_share=0.2, html_share=0.2)


async def _outage(soak: SoakFleet) -> None:
    await _platform(soak, outage=True)


async def _slow_responses(soak: SoakFleet) -> None:
    await _platform(soak, latency_seconds=2.0)


async def _webhooks_lost_duplicated_and_late(soak: SoakFleet) -> None:
    await _platform(soak, webhook_drop_share=0.3, webhook_duplicate_share=0.5, webhook_reorder_share=0.3)


async def _token_dead(soak: SoakFleet) -> None:
    shop = soak.random.choice(soak.shops)
    await soak.fleet.fault(shop_id=shop, token_dead=True)
    await asyncio.sleep(soak.random.uniform(2, 6))
    await soak.fleet.fault(shop_id=shop, token_dead=False)
    await soak.fleet.command("shops", "resume", shop)


async def _paused(soak: SoakFleet) -> None:
    shop = soak.random.choice(soak.shops)
    await soak.fleet.command("shops", "pause", shop)
    await asyncio.sleep(soak.random.uniform(0, 4))
    await soak.fleet.command("shops", "resume", shop)


async def _allowance_halved(soak: SoakFleet) -> None:
    shop = soak.random.choice(soak.shops)
    await soak.fleet.fault(shop_id=shop, allowance_factor=0.5)
    await asyncio.sleep(soak.random.uniform(4, 10))
    await soak.fleet.fault(shop_id=shop, allowance_factor=2)


FAULTS: dict[str, Callable[[SoakFleet], Awaitable[None]]] = {
    "a worker is killed": _worker_killed,
    "a worker is restarted": _worker_restarted,
    "a worker is frozen": _worker_frozen,
    "a gateway is killed": _gateway_killed,
    "Redis is killed": _redis_killed,
    "Redis forgets scripts and clients": _redis_forgets_scripts_and_clients,
    "5xx and refused connections": _errors,
    "responses lost after the edit was made": _resets,
    "malformed responses": _malformed,
    "a platform outage": _outage,
    "slow responses": _slow_responses,
    "webhooks lost, duplicated, late": _webhooks_lost_duplicated_and_late,
    "a token dies": _token_dead,
    "a shop is paused": _paused,
    "a rate allowance is halved": _allowance_halved,
}
LOSES_IN_FLIGHT = {"a worker is killed": 1, "a worker is frozen": 1, "Redis is killed": WORKERS}
"""Number of workers whose in-flight jobs may run again. An unavailable Redis loses no commit, because commits are
repeated, but the outage may outlast the leases."""
