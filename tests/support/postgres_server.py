"""Debian's PostgreSQL in a temporary directory; the server dies with the process that started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.support.free_ports import free_port

ACCOUNT = "postgres"
"""User of Debian's package: the server refuses to run as root."""


def postgres_programs() -> Path | None:
    """The directory with initdb and postgres of the newest version, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _read(file: Path) -> str:
    """The text of a file in /proc; empty if its process has ended."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class PostgresServer:
    """`with PostgresServer() as server:`; `stop` and `start` simulate an outage, `database` creates an empty one."""

    def __init__(self, *, durable: bool = False) -> None:
        """Only a `durable` server syncs to the disk: tests kill the process, not the machine."""
        self._sync = "on" if durable else "off"
        programs = postgres_programs()
        if programs is None:
            raise RuntimeError("PostgreSQL is missing: run .ci/packages as root")
        self._programs = programs
        self.directory = Path(tempfile.mkdtemp(prefix="relist-postgres-"))
        self.port = free_port()
        self._user: dict[str, Any] = {}
        if os.getuid() == 0:
            shutil.chown(self.directory, ACCOUNT, ACCOUNT)
            self._user = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def url(self, database: str) -> str:
        return f"postgresql://relist:not-a-secret@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """Creates an empty database and returns its address."""
        self._databases += 1
        name = f"record_{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def start(self) -> None:
        data = self.directory / "data"
        if not (data / "PG_VERSION").exists():
            subprocess.run(
                [self._programs / "initdb", "-D", data, "-U", "relist", "-A", "trust", "-N", "-E", "UTF8", "-k"],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=self.directory,
                **self._user,
            )
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": self._sync}
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                [
                    *(self._programs / "postgres", "-D", data, "-p", str(self.port)),
                    *(argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")),
                ],
                stdout=log,
                stderr=log,
                cwd=self.directory,
                preexec_fn=_die_with_parent,
                **self._user,
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.directory / "log").read_text())
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def cpu_seconds(self) -> float:
        """CPU time of the server and of all processes it has started."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            # From the state on; the name before it may have blanks.
            if not (fields := _read(stat).rpartition(")")[2].split()):
                continue
            if int(stat.parent.name) == self._process.pid:
                ticks += sum(map(int, fields[11:15]))  # with its children that have ended
            elif int(fields[1]) == self._process.pid:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT: a fast shutdown. SIGQUIT: an immediate one, as in a crash."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """SIGKILL to the server and all its processes."""
        if self._process is None:
            return
        parent = self._process.pid
        children = [
            int(stat.parent.name)
            for stat in Path("/proc").glob("[0-9]*/stat")
            if (text := _read(stat)) and int(text.rpartition(")")[2].split()[1]) == parent
        ]
        for each in (parent, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def __enter__(self) -> PostgresServer:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)
