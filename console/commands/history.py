"""`relist history`: every edit, answer and audit of one product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
import orjson

from console.record_access import complain, name_bad, record_of
from console.session import redis_of, run, settings_or_exit
from record.entry import BadEntry, StoredEdit, StoredEvent
from record.scope import Scope
from record.state import ProductState
from relisting.changes import changes
from shop_queue.blocked_products import read_blocked
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry

MAX_SHOWN = 1_000
WORDS = {
    "answered": "accepted",
    "refused": "refused",
    "not_sent": "not sent",
    "read_back": "read back",
    "audit_ended": "audit ended",
    "undone": "undone",
}


@click.command()
@click.argument("shop_id")
@click.argument("product_id")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def history(shop_id: str, product_id: str, as_json: bool) -> None:
    """Show everything that the record and the queue contain about one product: decisions, evidence, edits, answers,
    audits.

    The exit code is 1 if an entry of the product cannot be read: the others are shown, and the unreadable one is
    reported.

    Example: relist history 7494000000000000001 1729000000000000001
    """
    settings = settings_or_exit()
    edits: list[StoredEdit] = []
    bad: list[BadEntry] = []

    async def work() -> dict[str, Any]:
        async with record_of(settings) as record, redis_of(settings) as redis:
            async for entry in record.edits(Scope(shop_id, product_id, newest_first=True)):
                if isinstance(entry, BadEntry):
                    bad.append(entry)
                else:
                    edits.append(entry)
                if len(edits) == MAX_SHOWN:
                    break
            edits.reverse()
            state = await record.product(shop_id, product_id)
            blocked = (await read_blocked(redis, [(shop_id, product_id)]))[shop_id, product_id]
            jobs = [queued.job for queued in await LaneReader(redis).jobs_of_product(shop_id, product_id)]
            found = {
                "state": asdict(state) if isinstance(state, ProductState) else None,
                "blocked": dict(blocked.record) if blocked else None,
                "queued": [{"job": job.id, "kind": job.kind, "attempts": job.attempts} for job in jobs],
            }
            if not edits and not bad and not any(found.values()):
                await ShopRegistry(redis).get(shop_id)  # names a mistyped shop; a removed one keeps its history
            return found

    now = run(work(), settings)
    if as_json:
        unreadable = [asdict(entry) for entry in bad]
        sent = [asdict(edit) for edit in edits if edit.event("not_sent") is None]
        not_sent = [asdict(edit) for edit in edits if edit.event("not_sent") is not None]
        found = {"edits": sent, "not_sent": not_sent, "unreadable": unreadable, **now}
        click.echo(orjson.dumps(found).decode())
    else:
        _show(edits, now)
    if bad:
        complain("entries of this product that cannot be read:")
        name_bad(bad, len(bad), complain)
        raise SystemExit(1)
    if not edits and not any(now.values()):
        raise click.ClickException(f"nothing is known about product {product_id} of shop {shop_id}")


def _show(edits: list[StoredEdit], now: dict[str, Any]) -> None:
    for edit in edits:
        for line in _lines(edit):
            click.echo(line)
    if state := now["state"]:
        reason = f": {state['reason']}" if state["reason"] else ""
        click.echo(f"state since {str(state['at'])[:19]}: {state['state'].replace('_', ' ')}{reason}")
    for waiting in now["queued"]:
        click.echo(f"queued now: {waiting['job']} ({waiting['kind']}), {waiting['attempts']} failed attempts")
    if blocked := now["blocked"]:
        click.echo(f"waits for an answer since {blocked['at']}: {blocked['outcome']}")
        for reason in blocked["reasons"]:
            click.echo(f"    {reason['message']} (the {reason['actor']} must act, code {reason['code']})")


def _shown(value: Any) -> str:
    """A piece of evidence for people: text as it is, a list of strings with separators, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "; ".join(value)
    return orjson.dumps(value).decode()


def _lines(edit: StoredEdit) -> Iterator[str]:
    evidence = ", ".join(f"{name} {_shown(value)}" for name, value in edit.evidence.items())
    about = f"{edit.kind}, attempt {edit.attempt}{f', run {edit.run_id}' if edit.run_id else ''}"
    if (given_up := edit.event("not_sent")) is not None:
        yield f"{_moment(edit)}  {about}: not sent: {given_up.about.get('message') or 'no reason recorded'}"
        return
    yield f"{_moment(edit)}  {about}: category by rule {edit.rule} ({evidence})"
    if edit.before:
        yield from (f"    {line}" for line in edit.changes or changes(edit.before, edit.edit, ""))
    for event in edit.events:
        outcome = str(event.about.get("outcome") or "").replace("_", " ")
        request = f"request {event.about['request_id']}" if event.about.get("request_id") else ""
        result = str(event.about.get("result") or "").replace("_", " ")
        fields = ", ".join(str(name) for name in event.about.get("damaged") or event.about.get("changed") or ())
        reasons = "; ".join(str(reason) for reason in event.about.get("reasons") or ())
        parts = (outcome, result, fields, request, str(event.about.get("message") or ""), reasons)
        text = ", ".join(part for part in parts if part)
        yield f"{_moment(event)}  {WORDS.get(event.name, event.name)}{f': {text}' if text else ''}"


def _moment(entry: StoredEdit | StoredEvent) -> str:
    return entry.at.isoformat()[:19]
