"""Writers are killed at random moments: every entry they reported as durable is stored, and none is incomplete."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from record.entry import StoredEdit
from record.opening import open_record
from record.record import Record
from record.scope import Scope
from tests.support.postgres_server import PostgresServer
from tests.support.record_entries import all_of

ROUNDS = 4


def start_writer(url: str, directory: Path, name: str) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "tests.support.record_writer", url, str(directory), name]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE)


def printed(writer: subprocess.Popen[bytes], count: int) -> set[int]:
    assert writer.stdout is not None
    return {int(writer.stdout.readline()) for _ in range(count)}


def rest(writer: subprocess.Popen[bytes]) -> set[int]:
    """Whole lines only: the last one may be cut."""
    assert writer.stdout is not None
    lines = writer.stdout.read().split(b"\n")
    return {int(line) for line in lines[:-1]}


async def assert_kept(record: Record, durable: set[int]) -> None:
    found = await all_of(record.edits(Scope(run_id="spring")))
    assert all(isinstance(entry, StoredEdit) for entry in found)
    assert durable <= {entry.id for entry in found}
    verified = await record.verify()
    assert verified.sound, verified


async def test_killed_sqlite_writers_lose_nothing_durable(tmp_path: Path) -> None:
    chosen, durable = random.Random(16), set[int]()
    for turn in range(ROUNDS):
        writers = [start_writer("", tmp_path / "journal", f"{turn}{each}") for each in range(2)]
        for writer in writers:
            durable |= await asyncio.to_thread(printed, writer, chosen.randrange(1, 200))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            durable |= rest(writer)
            writer.wait()
        record = open_record("", tmp_path / "journal")
        await assert_kept(record, durable)
        await record.close()


@pytest.mark.slow
async def test_a_killed_postgres_loses_nothing_durable(tmp_path: Path) -> None:
    chosen, durable = random.Random(17), set[int]()
    with PostgresServer(durable=True) as server:
        url = server.database()
        for turn in range(ROUNDS):
            writer = start_writer(url, tmp_path, str(turn))
            durable |= await asyncio.to_thread(printed, writer, chosen.randrange(1, 300))
            server.stop(signal.SIGQUIT)
            durable |= rest(writer)
            writer.wait()
            await asyncio.to_thread(server.start)
            record = open_record(url, tmp_path)
            await assert_kept(record, durable)
            await record.close()
