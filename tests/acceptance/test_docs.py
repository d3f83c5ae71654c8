"""The commands of the README and the how-to pages do what the pages say, and every link leads somewhere."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from console.local_fleet import LocalFleet
from shop_queue.keys import INTAKE_REJECTED, OUTCOMES
from tests.faults.conservation import until_done
from tests.redis_cluster import free_ports

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(console|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
REDIS_CLI = """#!/bin/sh
exec {redis_cli} -u "$RELIST_REDIS_URL" "$@"
"""
"""A reader's redis-cli finds the default server by itself."""
NODE_CLIENT = "redis@6.3.1"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_puts_a_secret_on_a_command_line(page: Path) -> None:
    secret = (
        r"--(access-token|refresh-token|from-literal=\S*(secret|token|password|url)|requirepass|pass)\b|redis-cli .*-a "
    )
    told = [
        line for line in page.read_text().splitlines() if line.startswith(("    ", "$ ")) and re.search(secret, line)
    ]
    assert not told


def blocks(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / "docs" / "how-to" / page).read_text())


async def run(fleet: LocalFleet, directory: Path, kind: str, text: str) -> str:
    """A block as a person would run it: each `$` line in a shell, Python as a file. Fails with what was printed."""
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
    """What a reader has by then: the tokens of the shop, its cipher, redis-cli."""
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


def with_a_port() -> LocalFleet:
    """Its Redis is reached by an address that every client understands."""
    (port,) = free_ports(1)
    return LocalFleet(
        ("--shops", "1", "--products", "30"),
        {"redis_url": f"redis://127.0.0.1:{port}"},
        redis_options=("--bind", "127.0.0.1", "--port", str(port)),
    )


@pytest.mark.slow
async def test_the_first_shop_is_moved_by_following_the_page(tmp_path: Path) -> None:
    async with with_a_port() as fleet:
        await prepared(fleet, tmp_path)
        await fleet.start_worker()
        printed = ""
        for kind, text in blocks("first-shop.md"):
            printed += await run(fleet, tmp_path, kind, text)
            await until_done(fleet)
        assert "ok    API:" in printed
        assert "category: " in printed
        books = (await fleet.books())["total"]
        assert books["moved"] > 10
        assert (tmp_path / "gaps.xlsx").stat().st_size > 0
        for kind, text in blocks("plan-and-undo.md"):
            await run(fleet, tmp_path, kind, text)
            await until_done(fleet)
        assert (await fleet.books())["total"]["damaged"] == 0


@pytest.fixture
def node_client(tmp_path: Path) -> None:
    npm = [installed("npm", "Node.js 20 with npm"), "install", "--no-audit", "--no-fund", "--prefix", str(tmp_path)]
    subprocess.run([*npm, NODE_CLIENT], check=True, capture_output=True, timeout=120)


@pytest.mark.slow
async def test_jobs_are_fed_as_the_page_says(tmp_path: Path, node_client: None) -> None:
    async with with_a_port() as fleet:
        await prepared(fleet, tmp_path)
        await fleet.add_shops()
        await fleet.start_worker()
        printed = [await run(fleet, tmp_path, kind, text) for kind, text in blocks("feed.md")]
        async with asyncio.timeout(60):
            told: set[str] = set()
            while len(told) < 6:
                entries = await fleet.redis.xrange(OUTCOMES)
                told = {orjson.loads(fields[b"outcome"])["product_id"] for _, fields in entries}
                await asyncio.sleep(0.1)
        assert told == {f"172900000000000000{n}" for n in range(1, 7)}
        assert await fleet.redis.xlen(INTAKE_REJECTED) == 0
        assert any("1 products enqueued" in each for each in printed)
