"""Faults of a soak, one after the other; each is over when its function returns."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from demo.local_fleet import LocalFleet, Part

WORKERS = 3


@dataclass(slots=True)
class Troubled:
    """The fleet, and which of its parts may be killed: the others live through it all, so that leaks show."""

    fleet: LocalFleet
    random: Random
    workers: list[Part]
    """The workers that may be killed."""
    gateway: Part
    """A second gateway, which may be killed; the platform's webhooks go to the first."""
    shops: list[str]


async def _worker_killed(troubled: Troubled) -> None:
    index = troubled.random.randrange(len(troubled.workers))
    await troubled.workers[index].kill()
    await asyncio.sleep(troubled.random.uniform(0, 3))
    troubled.workers[index] = await troubled.fleet.start_worker()


async def _worker_restarted(troubled: Troubled) -> None:
    index = troubled.random.randrange(len(troubled.workers))
    await troubled.workers[index].end()
    troubled.workers[index] = await troubled.fleet.start_worker()


async def _worker_frozen(troubled: Troubled) -> None:
    frozen = troubled.random.choice(troubled.workers).process
    frozen.send_signal(signal.SIGSTOP)
    await asyncio.sleep(troubled.random.uniform(0.5, 6))
    frozen.send_signal(signal.SIGCONT)


async def _gateway_killed(troubled: Troubled) -> None:
    await troubled.gateway.kill()
    troubled.gateway = await troubled.fleet.start("gateway", "--announce")


async def _redis_killed(troubled: Troubled) -> None:
    await troubled.fleet.stop_redis()
    await asyncio.sleep(troubled.random.uniform(0, 3))
    await troubled.fleet.start_redis()


async def _redis_forgets_scripts_and_clients(troubled: Troubled) -> None:
    await troubled.fleet.redis.execute_command("SCRIPT", "FLUSH")
    for kind in ("normal", "pubsub"):
        await troubled.fleet.redis.execute_command("CLIENT", "KILL", "TYPE", kind)


async def _platform(troubled: Troubled, **faults: float | bool) -> None:
    await troubled.fleet.fault(**faults)
    await asyncio.sleep(troubled.random.uniform(2, 8))
    await troubled.fleet.fault(**{name: type(value)(0) for name, value in faults.items()})


async def _errors(troubled: Troubled) -> None:
    await _platform(troubled, error_share=0.3, reset_before_share=0.1)


async def _resets(troubled: Troubled) -> None:
    await _platform(troubled, reset_share=0.2)


async def _nonsense(troubled: Troubled) -> None:
    await _platform(troubled, malformed_share=0.2, html_share=0.2)


async def _outage(troubled: Troubled) -> None:
    await _platform(troubled, outage=True)


async def _slow_answers(troubled: Troubled) -> None:
    await _platform(troubled, latency_seconds=2.0)


async def _webhooks_lost_doubled_and_late(troubled: Troubled) -> None:
    await _platform(troubled, webhook_drop_share=0.3, webhook_duplicate_share=0.5, webhook_reorder_share=0.3)


async def _token_dead(troubled: Troubled) -> None:
    shop = troubled.random.choice(troubled.shops)
    await troubled.fleet.fault(shop_id=shop, token_dead=True)
    await asyncio.sleep(troubled.random.uniform(2, 6))
    await troubled.fleet.fault(shop_id=shop, token_dead=False)
    await troubled.fleet.command("shops", "resume", shop)


async def _paused(troubled: Troubled) -> None:
    shop = troubled.random.choice(troubled.shops)
    await troubled.fleet.command("shops", "pause", shop)
    await asyncio.sleep(troubled.random.uniform(0, 4))
    await troubled.fleet.command("shops", "resume", shop)


async def _allowance_halved(troubled: Troubled) -> None:
    shop = troubled.random.choice(troubled.shops)
    await troubled.fleet.fault(shop_id=shop, allowance_factor=0.5)
    await asyncio.sleep(troubled.random.uniform(4, 10))
    await troubled.fleet.fault(shop_id=shop, allowance_factor=2)


TROUBLES: dict[str, Callable[[Troubled], Awaitable[None]]] = {
    "a worker is killed": _worker_killed,
    "a worker is restarted": _worker_restarted,
    "a worker is frozen": _worker_frozen,
    "a gateway is killed": _gateway_killed,
    "Redis is killed": _redis_killed,
    "Redis forgets scripts and clients": _redis_forgets_scripts_and_clients,
    "5xx and refused connections": _errors,
    "answers lost after the edit was done": _resets,
    "nonsense for answers": _nonsense,
    "an outage of the platform": _outage,
    "slow answers": _slow_answers,
    "webhooks lost, doubled, late": _webhooks_lost_doubled_and_late,
    "a token dies": _token_dead,
    "a shop is paused": _paused,
    "an allowance is halved": _allowance_halved,
}
LOSES_IN_FLIGHT = {"a worker is killed": 1, "a worker is frozen": 1, "Redis is killed": WORKERS}
"""Number of workers whose jobs in flight may run again. An outage of Redis loses no commits, which are repeated, but
it may last longer than the leases."""
