"""Starts the measured processes, reads their reports and measures the Redis server they use."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from benchmarks.progress import STALLED_SECONDS, Stalled
from tests.support.redis_server import die_with_parent

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "benchmarks" / ".venv-peers"


@dataclass(frozen=True, slots=True)
class Library:
    name: str
    module: str
    environment: str = ""
    """The peer's virtual environment; empty means the project's environment."""

    @property
    def python(self) -> str:
        if not self.environment:
            return sys.executable
        return str(PEERS / self.environment / "bin" / "python")

    def require(self) -> None:
        if not Path(self.python).exists():
            raise SystemExit(f"{self.name} is not installed; run `make peers`")


OURS = Library("ours", "benchmarks.workers.ours")
ARQ = Library("arq (tuned)", "benchmarks.workers.stock_arq")
SAQ = Library("saq", "benchmarks.workers.saq_worker", "saq")
STREAQ = Library("streaq", "benchmarks.workers.streaq_worker", "streaq")
TASKIQ = Library("taskiq-redis", "benchmarks.workers.taskiq_worker", "taskiq")
PROCRASTINATE = Library("procrastinate (PostgreSQL)", "benchmarks.workers.procrastinate_worker", "procrastinate")
LIBRARIES = (OURS, ARQ, SAQ, STREAQ, TASKIQ)


class Measured:
    """One process that speaks the protocol of benchmarks/workers/protocol.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.done, self.cpu_seconds = 0, 0.0
        self.latencies_ns: list[int] = []
        """Times from the enqueue of a ping to its start."""
        self.changed = asyncio.Event()

    async def line(self) -> list[str]:
        """Returns the words of the next line. Raises RuntimeError when the process has ended."""
        assert self.process.stdout is not None
        raw = await self.process.stdout.readline()
        if not raw:
            raise RuntimeError(f"a measured process ended with exit code {await self.process.wait()}")
        return raw.decode().split()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")

    async def work(self, jobs: int) -> None:
        """Starts the work and returns when this many jobs are done. Raises RuntimeError if the process ends or
        stalls.
        """
        self.go()
        while self.done < jobs:
            await self._report(jobs)

    async def listen(self) -> None:
        while True:
            await self._report()

    async def _report(self, jobs: int | None = None) -> None:
        try:
            async with asyncio.timeout(STALLED_SECONDS if jobs else None):
                first, second = await self.line()  # raises when the process has ended
        except TimeoutError:
            raise Stalled(f"{self.done} of {jobs} jobs are done, none in the last {STALLED_SECONDS:.0f} s") from None
        if first == "started":
            self.latencies_ns.append(int(second))
        else:
            self.done, self.cpu_seconds = int(first), float(second)
        self.changed.set()


@asynccontextmanager
async def measured(
    library: Library, command: str, *arguments: object, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Measured]:
    """Starts a process, waits until it is ready and kills it at the end. Shows its standard error only if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **(settings or {})}
    with tempfile.TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            library.python,
            *("-m", library.module, command, *map(str, arguments)),
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            preexec_fn=die_with_parent,
        )
        each = Measured(process)
        try:
            async with asyncio.timeout(60):
                if await each.line() != ["ready"]:
                    raise RuntimeError(f"{library.name} did not start")
            yield each
        except (RuntimeError, TimeoutError):
            errors.seek(0)
            sys.stderr.buffer.write(errors.read())
            raise
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def fill(library: Library, url: str, count: int, batch: int, shops: int = 50) -> tuple[float, float]:
    """Enqueues no-op jobs in a separate process; returns wall and CPU seconds."""
    async with measured(library, "fill", url, count, batch, shops) as producer:
        producer.go()
        wall, cpu = await producer.line()
        return float(wall), float(cpu)


@dataclass(frozen=True, slots=True)
class Drained:
    wall_seconds: float
    cpu_seconds: float
    """Sum over all worker processes."""
    redis_seconds: float
    """CPU seconds of the Redis server, system time included."""
    commands: int
    done: tuple[int, ...]
    foreign_load: float
    """Share of the machine used by other processes in the meantime."""


async def drain(
    library: Library,
    url: str,
    count: int,
    processes: int,
    arguments: Sequence[object] = (),
    settled: Callable[[Redis], Awaitable[None]] | None = None,
) -> Drained:
    """Processes `count` waiting jobs with `processes` worker processes, timed from the start signal to the last job.

    `settled` returns once the last job is also recorded; the time includes it.
    """
    redis: Redis = Redis.from_url(url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(redis.aclose)
        workers = [
            await stack.enter_async_context(measured(library, "work", url, *arguments)) for _ in range(processes)
        ]
        before, load, began = await redis_usage(redis), MachineLoad(), time.perf_counter()
        listeners = [asyncio.create_task(worker.listen()) for worker in workers]
        for worker in workers:
            worker.go()
        async with asyncio.timeout(300):
            while sum(worker.done for worker in workers) < count:
                await asyncio.wait(
                    [*listeners, asyncio.create_task(any_change(workers))], return_when="FIRST_COMPLETED"
                )
                for listener in listeners:
                    if listener.done():
                        listener.result()
            if settled is not None:
                await settled(redis)
        wall = time.perf_counter() - began
        after = await redis_usage(redis)
        for listener in listeners:
            listener.cancel()
        cpu = sum(worker.cpu_seconds for worker in workers)
        return Drained(
            wall,
            cpu,
            after[0] - before[0],
            after[1] - before[1],
            tuple(worker.done for worker in workers),
            load.foreign(cpu + after[0] - before[0]),
        )


async def any_change(workers: Sequence[Measured]) -> None:
    waits = [asyncio.create_task(worker.changed.wait()) for worker in workers]
    await asyncio.wait(waits, return_when="FIRST_COMPLETED")
    for wait in waits:
        wait.cancel()
    for worker in workers:
        worker.changed.clear()


async def redis_usage(redis: Redis) -> tuple[float, int]:
    """CPU seconds of the Redis server and the number of commands it has processed."""
    cpu: dict[str, Any] = await redis.info("cpu")
    stats: dict[str, Any] = await redis.info("stats")
    return float(cpu["used_cpu_sys"]) + float(cpu["used_cpu_user"]), int(stats["total_commands_processed"])


class MachineLoad:
    """Measures how much of this machine other processes use, since their load distorts wall times."""

    def __init__(self) -> None:
        self._began, self._busy = time.perf_counter(), _busy_seconds()

    def foreign(self, own_seconds: float) -> float:
        wall = (time.perf_counter() - self._began) * (os.cpu_count() or 1)
        return max(0.0, (_busy_seconds() - self._busy - own_seconds) / wall)


def _busy_seconds() -> float:
    fields = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle, waiting = fields[3], fields[4]
    return (sum(fields) - idle - waiting) / os.sysconf("SC_CLK_TCK")
