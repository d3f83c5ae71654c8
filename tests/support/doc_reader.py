"""Runs the code blocks of a how-to page unchanged, in the environment a reader has at that point."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from demo.local_fleet import LocalFleet
from tests.support.free_ports import free_ports

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(console|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REDIS_CLI = """#!/bin/sh
exec {redis_cli} -u "$RELIST_REDIS_URL" "$@"
"""
"""A reader's redis-cli uses the default server."""


def blocks(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / "docs" / "how-to" / page).read_text())


async def run(fleet: LocalFleet, directory: Path, kind: str, text: str) -> str:
    """Runs a block as a person would: each `$` line in a shell, Python as a file. Fails with the output."""
    if kind == "console":
        command = ["bash", "-euo", "pipefail", "-c", "\n".join(line.removeprefix("$ ") for line in text.splitlines())]
    elif kind == "js":
        command = ["node", "--input-type=module", "--eval", text]
    else:
        command = [sys.executable, "-c", text]
    path = f"{directory / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=directory,
        env={**fleet.environment, "PATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, f"{text}\n{printed.decode()}"
    return printed.decode()


async def prepared(fleet: LocalFleet, directory: Path) -> None:
    """Prepares the reader's environment at that point: the shop's tokens, its cipher, redis-cli."""
    async with fleet.http.get(f"{fleet.platform.address}/simulator/shops") as answer:
        (shop,) = orjson.loads(await answer.read())
    names = ("access_token", "refresh_token", "access_expires", "refresh_expires")
    (directory / "tokens.json").write_bytes(orjson.dumps({name: shop[name] for name in names}))
    fleet.environment["CIPHER"] = shop["cipher"]
    (directory / "bin").mkdir()
    client = directory / "bin" / "redis-cli"
    client.write_text(REDIS_CLI.format(redis_cli=installed("redis-cli", "Debian's redis-tools")))
    client.chmod(0o755)


def installed(program: str, package: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.fail(f"{program} is needed: {package}")
    return path


def with_a_port(products: int = 30, settings: Mapping[str, str] | None = None) -> LocalFleet:
    """A fleet of one shop whose Redis listens on a TCP port, which every client supports."""
    (port,) = free_ports(1)
    return LocalFleet(
        ("--shops", "1", "--products", str(products)),
        {"redis_url": f"redis://127.0.0.1:{port}", **(settings or {})},
        redis_options=("--bind", "127.0.0.1", "--port", str(port)),
    )
