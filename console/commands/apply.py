"""`relist apply`: send the edits of a plan file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from console.formatting import pluralize
from console.order_log import note_order
from console.plan_groups import edit_key
from console.plan_review import APPROVE, REJECT, read_review
from console.session import redis_of, run, settings_or_exit
from producers.plan_apply import apply_entries, ready_entries
from producers.plan_file import BadPlan, display_name, read_plan
from shop_queue.producer import Enqueued


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--run-id", default="", help="Name of this run; default: derived from the plan.")
@click.option("--partial", is_flag=True, help="Accept a plan from which lines were deleted.")
@click.option(
    "--review",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Send only the groups that this sheet of relist review approves.",
)
@click.option("--show", is_flag=True, help="Print what the plan would change and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def apply(file: BinaryIO, run_id: str, partial: bool, review: Path | None, show: bool, as_json: bool) -> None:
    """Send the edits of a plan exactly as planned. Products that have changed since are rejected and reported.

    Example: relist apply moves.jsonl
    """
    settings = settings_or_exit()
    plan_run_id, entries = _read(file, partial=partial)
    if review is not None:
        entries = _approved(entries, review)
    if show:
        _show(entries)
        return
    name = run_id or f"apply-{plan_run_id}"

    async def work() -> Enqueued:
        async with redis_of(settings) as redis:
            about = {"file": display_name(file)[:200], "run": name, "products": len(entries)}
            await note_order(settings, "plan_applied", about)
            return await apply_entries(redis, entries, name)

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"run_id": name, "added": done.added, "merged": done.merged}).decode())
    else:
        edits = pluralize(done.added + done.merged, "edit")
        click.echo(f"{edits} enqueued as run {name}; follow them with relist status --watch")


def _read(file: BinaryIO, *, partial: bool) -> tuple[str, list[dict[str, Any]]]:
    """Return the plan's run ID and the edits that are ready. Raises ClickException with the number of a bad row."""
    try:
        plan = read_plan(file)
        entries = ready_entries(plan)
    except BadPlan as problem:
        raise click.ClickException(f"{display_name(file)}: {problem}") from None
    if plan.missing and not partial:
        lines = pluralize(plan.missing, "line")
        raise click.ClickException(f"{display_name(file)}: the plan lacks {lines}; pass --partial if you deleted them")
    return plan.run_id, entries


def _approved(entries: list[dict[str, Any]], review: Path) -> list[dict[str, Any]]:
    """The edits of approved groups. Raises ClickException if the sheet lacks a group of the plan."""
    decisions = read_review(review)
    keys = {edit_key(entry) for entry in entries}
    if unknown := sorted(keys - decisions.keys()):
        raise click.ClickException(
            f"{review}: the sheet lacks group {unknown[0]} of this plan; write it again with `relist review`"
        )
    approved = [entry for entry in entries if decisions[edit_key(entry)] == APPROVE]
    rejected = sum(decisions[edit_key(entry)] == REJECT for entry in entries)
    open_ = len(entries) - len(approved) - rejected
    click.echo(
        f"{pluralize(len(approved), 'edit')} approved, {rejected:,} rejected, {open_:,} without a decision", err=True
    )
    return approved


def _show(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        click.echo(f"{entry['shop_id']} {entry['product_id']} {entry.get('title') or ''}")
        for line in (*entry.get("changes", ()), *(f"warning: {each}" for each in entry.get("warnings", ()))):
            click.echo(f"    {line}")
