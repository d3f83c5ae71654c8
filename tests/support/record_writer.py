"""A process that appends edits with an event each and prints each number once it is durable.

python -m tests.support.record_writer URL DIRECTORY NAME
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from record.entry import NewEvent
from record.opening import open_record
from tests.support.record_entries import NOON, an_edit


async def main(url: str, directory: Path, name: str) -> None:
    record = open_record(url, directory)

    async def write(task: int) -> None:
        for count in range(1_000_000):
            number = await record.append(an_edit(f"{name}{task:02}{count:06}"))
            print(number, flush=True)  # noqa: T201
            await record.append_event(NewEvent(number, NOON, "answered", {"outcome": "in_audit"}))

    await asyncio.gather(*(write(task) for task in range(20)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
