"""`relist history`: every edit, result and audit of one product."""

from __future__ import annotations

from typing import Any

import click
import orjson

from console.journal_entries import journal_entries
from console.session import redis_of, run, settings_or_exit
from relisting.changes import changes
from shop_queue.blocked_products import read_blocked
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry


@click.command()
@click.argument("shop_id")
@click.argument("product_id")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def history(shop_id: str, product_id: str, as_json: bool) -> None:
    """Show everything the journal and the queue know about one product: decisions, evidence, edits, results.

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
            blocked = (await read_blocked(redis, [(shop_id, product_id)]))[shop_id, product_id]
            jobs = [queued.job for queued in await LaneReader(redis).jobs_of_product(shop_id, product_id)]
            return {
                "blocked": dict(blocked.record) if blocked else None,
                "queued": [{"job": job.id, "kind": job.kind, "attempts": job.attempts} for job in jobs],
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
        click.echo(f"blocked since {blocked['at']}: {blocked['outcome']}")
        for reason in blocked["reasons"]:
            click.echo(f"    {reason['message']} (the {reason['actor']} must act, code {reason['code']})")
    if not found and not now["queued"] and not now["blocked"]:
        raise click.ClickException(f"nothing is known about product {product_id} of shop {shop_id}")


def _line(entry: dict[str, Any]) -> str:
    at = str(entry["at"])[:19]
    if "result" in entry:
        request = f", request {entry['request_id']}" if entry.get("request_id") else ""
        return f"{at}  result: {entry['result']}{request} {entry.get('message', '')}".rstrip()
    evidence = ", ".join(f"{name} {value}" for name, value in (entry.get("evidence") or {}).items())
    attempt = f"{entry.get('kind', 'relist')}, attempt {entry.get('attempt', 1)}"
    head = f"{at}  {attempt}: category by rule {entry.get('rule')} ({evidence})"
    if not entry.get("before"):
        return head
    return "\n".join((head, *(f"    {line}" for line in changes(entry["before"], entry["edit"], ""))))
