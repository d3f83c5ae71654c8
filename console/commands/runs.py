"""`relist runs`: the newest runs and their progress."""

from __future__ import annotations

from typing import Any

import click
import orjson

from console.formatting import pluralize
from console.record_access import complain, name_bad, record_of
from console.session import run, settings_or_exit
from console.tables import plain_table, print_table
from model.product_state import FOR_MACHINES, FOR_PEOPLE, ON_V2, ProductStateName
from record.entry import BadEntry
from record.record import Record
from record.state import Run

PARTS: dict[str, tuple[ProductStateName, ...]] = {
    "for machines": FOR_MACHINES,
    "for people": FOR_PEOPLE,
    "on v2": ON_V2,
    "gone": ("gone",),
}


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Maximum number of runs.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def runs(limit: int, as_json: bool) -> None:
    """List the newest runs with their products and edits.

    A run's products are those that its searches found or its jobs changed, in their current states. The exit
    code is 1 if the record's entry of a run cannot be read.

    Example: relist runs
    """
    settings = settings_or_exit()
    bad: list[BadEntry] = []

    async def work() -> list[dict[str, Any]]:
        async with record_of(settings) as record:
            return await _newest(record, limit, bad)

    found = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"runs": found, "unreadable": [str(each) for each in bad]}).decode())
    elif found:
        _print(found)
    else:
        click.echo("the record has no run")
    if bad:
        complain(f"{pluralize(len(bad), 'run')} cannot be read:")
        name_bad(bad, len(bad), complain)
        raise SystemExit(1)


async def _newest(record: Record, limit: int, bad: list[BadEntry]) -> list[dict[str, Any]]:
    """Appends damaged entries to `bad`. Raises RecordUnavailable, DamagedStore."""
    known: list[Run] = []
    for each in await record.runs():
        if isinstance(each, BadEntry):
            bad.append(each)
        else:
            known.append(each)
    edits = await record.run_sizes([each.run_id for each in known[:limit]])
    found = []
    for each in known[:limit]:
        states = await record.counts(run_id=each.run_id)
        about = {"run_id": each.run_id, "began": each.at.isoformat(), "kind": each.kind, "note": each.note}
        found.append(
            {**about, "products": sum(states.values()), "states": dict(states), "edits": edits.get(each.run_id, 0)}
        )
    return found


def _print(found: list[dict[str, Any]]) -> None:
    table = plain_table(title=pluralize(len(found), "run"))
    for name in ("run", "began", "kind"):
        table.add_column(name, no_wrap=name != "run")
    for name in ("products", *PARTS, "edits"):
        table.add_column(name, justify="right")
    for each in found:
        parts = (sum(each["states"][state] for state in states) for states in PARTS.values())
        numbers = (each["products"], *parts, each["edits"])
        table.add_row(each["run_id"], f"{each['began'][:16]}", each["kind"], *(f"{number:,}" for number in numbers))
    print_table(table)
