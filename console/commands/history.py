"""`relist history`: every edit, answer and audit of one product."""

from __future__ import annotations

from typing import Any

import click
import orjson

from console.journal_entries import journal_entries
from console.session import redis_of, run, settings_or_exit
from model.job import Job
from relisting.changes import changes
from shop_queue.keys import lane_keys
from shop_queue.shop_registry import ShopRegistry

BATCH = 500


@click.command()
@click.argument("shop_id")
@click.argument("product_id")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def history(shop_id: str, product_id: str, as_json: bool) -> None:
    """Everything the journal and the queue know of one product: decisions, evidence, edits, answers.

    Example: relist history 7494000000000000001 1729000000000000001
    """
    settings = settings_or_exit()
    found = [
        entry
        for entry in journal_entries(settings)
        if entry.get("shop_id") == shop_id and entry.get("product_id") == product_id
    ]
    found.sort(key=lambda entry: str(entry["at"]))

    async def work() -> dict[str, Any]:
        async with redis_of(settings) as redis:
            await ShopRegistry(redis).get(shop_id)
            keys = lane_keys(shop_id)
            blocked = await redis.execute_command("HGET", keys.blocked, product_id)
            queued = {
                name: Job.load(shop_id, name, payload)
                for name in (product_id, f"audit:{product_id}", f"undo:{product_id}")
                if (payload := await redis.execute_command("HGET", keys.jobs, name)) is not None
            }
            return {
                "blocked": orjson.loads(blocked) if blocked else None,
                "queued": [{"job": name, "kind": job.kind, "attempts": job.attempts} for name, job in queued.items()],
            }

    now = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"journal": found, **now}).decode())
        return
    for entry in found:
        click.echo(_line(entry))
    for waiting in now["queued"]:
        click.echo(f"queued now: {waiting['job']} ({waiting['kind']}), {waiting['attempts']} failed attempts")
    if blocked := now["blocked"]:
        click.echo(f"waits for somebody since {blocked['at']}: {blocked['outcome']}")
        for reason in blocked["reasons"]:
            click.echo(f"    {reason['message']} (the {reason['actor']} must act, code {reason['code']})")
    if not found and not now["queued"] and not now["blocked"]:
        raise click.ClickException(f"nothing is known of product {product_id} of shop {shop_id}")


def _line(entry: dict[str, Any]) -> str:
    at = str(entry["at"])[:19]
    if "result" in entry:
        request = f", request {entry['request_id']}" if entry.get("request_id") else ""
        return f"{at}  answered: {entry['result']}{request} {entry.get('message', '')}".rstrip()
    evidence = ", ".join(f"{name} {value}" for name, value in (entry.get("evidence") or {}).items())
    attempt = f"{entry.get('kind', 'relist')}, attempt {entry.get('attempt', 1)}"
    head = f"{at}  {attempt}: category by rule {entry.get('rule')} ({evidence})"
    if not entry.get("before"):
        return head
    return "\n".join((head, *(f"    {line}" for line in changes(entry["before"], entry["edit"], ""))))
