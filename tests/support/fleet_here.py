"""A fleet whose gateway, simulator and workers are tasks of this process; only its Redis is a separate process.

Each part runs its composition root with the settings that its process would read. Starting three processes takes three
seconds of CPU, so the fast tests use this fleet unless they are about processes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence

import pytest

from config.logging.setup import configure_logging
from config.settings import Settings, load_settings
from demo.local_fleet import LocalFleet, Part
from gateway.run import run_gateway
from simulator.command import simulator, world_of
from simulator.server import start
from worker.run import run_worker

Root = Callable[[Settings, Callable[[int], None]], Coroutine[object, object, None]]
ROOTS: Mapping[str, Root] = {"gateway": run_gateway, "worker": run_worker}


class PartHere(Part):
    """A part that has no process."""

    def __init__(self, name: str, address: str, stop: Callable[[], Awaitable[None]]) -> None:
        self.name, self.address, self._stop = name, address, stop

    async def end(self) -> None:
        await self._stop()

    kill = end


class FleetHere(LocalFleet):
    """`command()` still starts a process; `fleet_command` of tests/support/command_here.py does not."""

    processes: frozenset[str] = frozenset()
    """The parts that are processes all the same."""

    async def start(
        self, *arguments: str, prefix: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> Part:
        name, *options = arguments
        if name in self.processes:
            return await super().start(*arguments, prefix=prefix, environment=environment)
        merged = {**self.environment, **(environment or {})}
        part = await (_simulator(options) if name == "simulator" else _service(name, merged))
        self._parts.append(part)
        return part


async def _simulator(options: list[str]) -> Part:
    given = simulator.make_context("simulator", options).params
    host, port = given.pop("host"), given.pop("port")
    world, faults = world_of(**given)
    running = await start(world, host, port)
    for name, value in faults.items():
        setattr(running.world.faults, name, value)
    return PartHere("simulator", running.url, running.stop)


async def _service(name: str, environment: Mapping[str, str]) -> Part:
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(ROOTS[name](settings, port.set_result))
    await asyncio.wait({task, port}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return PartHere(name, str(port.result()), stop)


class FleetOfWorkers(FleetHere):
    """Its workers are processes, which can be killed."""

    processes = frozenset({"worker"})


@contextlib.asynccontextmanager
async def fleet_here(
    workers: int, *simulator: str, fleet_class: type[FleetHere] = FleetHere, **settings: str
) -> AsyncIterator[FleetHere]:
    """Yields a fleet with its shops added and its workers started."""
    async with fleet_class(simulator, settings) as fleet:
        await fleet.add_shops()
        for _ in range(workers):
            await fleet.start_worker()
        yield fleet
