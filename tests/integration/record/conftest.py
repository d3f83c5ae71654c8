"""The conformance suite runs on both backends: SQLite in the fast tests, PostgreSQL in the slow ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from record.opening import open_record
from record.record import Record
from tests.support.postgres_server import PostgresServer

BACKENDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(params=BACKENDS)
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Record]:
    """Opens the same record as often as it is called, as other processes would."""
    url = request.getfixturevalue("postgres").database() if request.param == "postgres" else ""
    return lambda: open_record(url, tmp_path / "journal")


@pytest.fixture
async def record(open_again: Callable[[], Record]) -> AsyncIterator[Record]:
    record = open_again()
    await record.upgrade()
    yield record
    await record.close()
