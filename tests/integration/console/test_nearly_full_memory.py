"""With nearly full memory, every command that adds jobs is refused with one line and adds nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from record.entry import NewEvent
from record.record import Record
from redis_client.connect import connect
from shop_queue.keys import lane_keys
from tests.support.blocked_records import MATERIAL, block
from tests.support.command_desk import Desk, add_shop
from tests.support.record_entries import NOON, an_edit
from tests.support.tcp_redis import tcp_server

SHOP = "7494000000000000001"
BALLAST = 32 * 1024 * 1024


async def edited(record: Record) -> None:
    entry = await record.append(an_edit(shop_id=SHOP))
    await record.append_event(NewEvent(entry, NOON, "answered", {"outcome": "relisted"}))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with tcp_server("--maxmemory-policy", "noeviction") as server:

        async def prepare() -> None:
            await add_shop(server.url, SHOP)
            client = connect(server.url)
            await block(client, SHOP, "17", MATERIAL)
            await client.aclose()

        asyncio.run(prepare())
        desk = Desk(tmp_path / "journal", server.url, SHOP)
        desk.fill(edited)
        (tmp_path / "products.csv").write_text(f"shop_id,product_id\n{SHOP},1729000000000000001\n")
        sheet = desk.relist("worklist", "export", str(tmp_path / "answers.csv"))
        assert sheet.exit_code == 0, sheet.output
        answers = tmp_path / "answers.csv"
        rows = [row.split(",") for row in answers.read_text(encoding="utf-8-sig").splitlines()]
        rows[1][rows[0].index("answer")] = "Wool"
        answers.write_text("\n".join(",".join(row) for row in rows))
        with redis.Redis(port=server.port) as client:
            # Unlike SET, this leaves no large query buffer, which the server would free at some time during the test.
            client.setrange("ballast", BALLAST, "x")
            client.config_set("maxmemory", int(client.info("memory")["used_memory"] * 1.02))
        yield desk


@pytest.mark.parametrize(
    "command",
    [
        ("enqueue", "ids", "--shop", SHOP, "1729000000000000001"),
        ("enqueue", "file", "products.csv"),
        ("enqueue", "search", "--run-id", "spring"),
        ("retry", "--reason", "12052104"),
        ("undo", "--run", "spring", "--yes"),
        ("upgrade", "--shop", SHOP),
        ("worklist", "import", "answers.csv"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_refused_with_the_cause(
    desk: Desk, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = desk.relist(*command)
    assert ended.exit_code == 1
    assert "reserved for finishing work" in ended.output, ended.output
    assert "RELIST_REDIS_URL" not in ended.output
    with redis.Redis.from_url(desk.redis_url) as client:
        assert client.hlen(lane_keys(SHOP).jobs) == 0
