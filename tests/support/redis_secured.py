"""A real server with users or over TLS, on a free port of loopback; it dies with the process that started it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import redis

from tests.support.redis_server import die_with_parent


@contextlib.contextmanager
def secured_server(
    binary: str,
    directory: Path,
    options: Sequence[str],
    client: redis.Redis,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Runs a server until the block ends. It has started when it responds to the client, even with NOAUTH."""
    log = directory / "redis.log"
    command = [binary, "--bind", "127.0.0.1", "--dir", str(directory), "--save", "", "--logfile", str(log), *options]
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        preexec_fn=die_with_parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + 20
        while not _answers(client):
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text() if log.exists() else ""
                raise RuntimeError(said + (process.stdout.read().decode() if process.poll() and process.stdout else ""))
            time.sleep(0.01)
        yield
    finally:
        client.close()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.exceptions.AuthenticationError:
        return True
    except redis.exceptions.RedisError:
        return False
