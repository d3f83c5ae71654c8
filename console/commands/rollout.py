"""`relist rollout`: shows what a rollout has stopped and lets an operator decide about it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, BinaryIO, TypeVar

import click
import orjson

from console.formatting import format_duration, pluralize
from console.order_log import note_order
from console.record_access import complain, name_bad, record_of
from console.session import redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from console.undo_check import check_products, summary
from producers.cause_undo import CauseUndo, count_of_cause, shops_of_cause, undo_cause
from record.undo_scope import Coverage, cause_in_record, products_of_cause
from rollout.codec import CorruptRecord
from rollout.edit import InvalidEdit
from rollout.operations import RolloutOperations
from rollout.operator import NotAllowed, UnknownCause
from rollout.policy import PolicyName
from rollout.records import LevelRecord, StopCause
from rollout.simulate import MAX_PRODUCTS, Cost, PlannedProduct, audits_around, simulate

T = TypeVar("T")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
CAUSE = click.argument("cause", metavar="CAUSE")
LONGEST_LINE = 1_000_000


@click.group()
def rollout() -> None:
    """Show what was stopped and why; release it or stop more.

    Edits are sent a few at a time until read-backs and audits show that a decision is safe."""


def _with_operations(work: Callable[[RolloutOperations], Coroutine[Any, Any, T]]) -> T:
    settings = settings_or_exit()

    async def connected() -> T:
        async with redis_of(settings) as redis:
            return await work(RolloutOperations(redis))

    try:
        return run(connected(), settings)
    except (InvalidEdit, UnknownCause, NotAllowed, CorruptRecord) as problem:
        raise click.ClickException(str(problem)) from None


def _ordered(order: str, cause: str, work: Callable[[RolloutOperations], Coroutine[Any, Any, T]], **about: str) -> T:
    """Carry out an action once it is in the action log. An unknown cause is refused first."""

    async def noted(operations: RolloutOperations) -> T:
        if order != "stop":
            await operations.show(cause)
        about_cause = {"cause": cause[:500], **{name: text[:500] for name, text in about.items()}}
        await note_order(settings_or_exit(), f"rollout_{order}", about_cause, stops_work=order == "stop")
        return await work(operations)

    return _with_operations(noted)


@rollout.command("list")
@AS_JSON
def list_(as_json: bool) -> None:
    """List every cause that holds products, with examples.

    Example: relist rollout list
    """
    listing = _with_operations(lambda operations: operations.list())
    if as_json:
        causes = [asdict(cause) for cause in listing.causes]
        click.echo(orjson.dumps({"causes": causes, "levels": listing.levels, "runs": listing.runs}).decode())
        return
    named = [cause for cause in listing.causes if not cause.under]
    if not named:
        click.echo("nothing is stopped")
        return
    table = plain_table("cause", "since", "by", "why", "explains", "examples")
    for cause in named:
        explained = sum(each.under == cause.key for each in listing.causes)
        table.add_row(cause.key, _when(cause.since), _by(cause), cause.why, str(explained), ", ".join(cause.examples))
    print_table(table, "", "Next: relist rollout show CAUSE, then release, accept, undo or probe.")


@rollout.command()
@CAUSE
@AS_JSON
def show(cause: str, as_json: bool) -> None:
    """Show one cause and the counts of its level.

    Example: relist rollout show 'decision/MX/mapping/600001>700001/3f2a9c81d0e4'
    """
    found, group = _with_operations(lambda operations: operations.show(cause))
    if as_json:
        body = {"cause": asdict(found) if found else None, "level": _level(group) if group else None}
        click.echo(orjson.dumps(body).decode())
        return
    lines = {"cause": cause, "state": "stopped" if found and not found.alert_only else "not stopped"}
    if found:
        lines |= {"since": _when(found.since), "by": _by(found), "why": found.why}
        lines |= {"examples": ", ".join(found.examples) or "none", "explained by": found.under or "no wider cause"}
        lines |= {"probing": "yes" if found.probing else "no"}
        lines |= {"undo asked": _when(found.undo_asked) if found.undo_asked else "no"}
    if group:
        lines |= {name.replace("_", " "): str(value) for name, value in _level(group).items()}
    for name, value in lines.items():
        click.echo(f"{name:<17}{value}")


@rollout.command()
@CAUSE
@AS_JSON
def release(cause: str, as_json: bool) -> None:
    """Let a cause's products continue. They start slowly again, and the test starts at zero.

    Example: relist rollout release field/video
    """
    _decided(_ordered("release", cause, lambda operations: operations.release(cause)), "released", as_json)


@rollout.command()
@CAUSE
@AS_JSON
def accept(cause: str, as_json: bool) -> None:
    """Release a cause and treat the observed change as normal.

    Example: relist rollout accept field/description
    """
    _decided(_ordered("accept", cause, lambda operations: operations.accept(cause)), "accepted", as_json)


@rollout.command()
@CAUSE
@click.option("--why", default="stopped by an operator", help="Reason shown for the waiting products.")
@AS_JSON
def stop(cause: str, why: str, as_json: bool) -> None:
    """Hold all edits of a cause until it is released.

    A cause is a decision, leaf, field, rule, market or release.

    Example: relist rollout stop market/MX --why "the platform is changing its rules today"
    """
    stopped, is_known = _ordered("stop", cause, lambda operations: _stop(operations, cause, why), why=why)
    _decided(stopped, "stopped", as_json)
    if not is_known:
        click.echo(
            f"no edit of {cause} has been sent yet: is this the cause you mean? `relist rollout release` ends it",
            err=True,
        )


async def _stop(operations: RolloutOperations, cause: str, why: str) -> tuple[StopCause, bool]:
    """Return the cause, and whether edits of its level were sent before."""
    stopped = await operations.stop(cause, why)
    _, level = await operations.show(cause)
    return stopped, level is not None and level.version > 0


@rollout.command()
@CAUSE
@click.option("--check", is_flag=True, help="Show for each product what would happen; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_JSON
def undo(cause: str, check: bool, yes: bool, as_json: bool) -> None:
    """Undo every edit that the cause has let through.

    A stopped field is restored where the platform has lost it.

    The cause stays stopped: it does not hold its own undo. Later changes by the seller stay, as with `relist undo`.
    The exit code is 1 if an entry of the record cannot be read, with --check also if a product cannot.

    Example: relist rollout undo 'decision/MX/mapping/600001>700001/3f2a9c81d0e4'
    """
    settings, coverage = settings_or_exit(), Coverage()

    async def work() -> CauseUndo | dict[str, Any]:
        async with record_of(settings) as record, redis_of(settings) as redis:
            operations = RolloutOperations(redis)
            await operations.show(cause)
            if check:
                shops = await shops_of_cause(redis, cause)
                wanted = await cause_in_record(record, shops, cause)
                products = products_of_cause(record, shops, wanted, coverage)
                return await check_products(
                    redis, settings, products, as_json=as_json, damaged_field=wanted.damaged_field
                )
            found = await count_of_cause(redis, record, cause)
            if not yes and not as_json:
                click.confirm(f"Take back the edits of {pluralize(found.changed, 'product')}?", abort=True)
            await note_order(settings, "rollout_undo", {"cause": cause[:500], "products": found.changed})
            await operations.stop(cause, "stopped by `relist rollout undo`")
            await operations.ask_undo(cause)
            return await undo_cause(redis, record, cause, coverage)

    try:
        done = run(work(), settings)
    except (InvalidEdit, UnknownCause, NotAllowed, CorruptRecord) as problem:
        raise click.ClickException(str(problem)) from None
    _show_undo(done, coverage, as_json=as_json)
    if coverage.bad:
        complain("entries of the record that cannot be read, so their products may not be restored:")
        name_bad(coverage.bad, len(coverage.bad), complain)
    if coverage.bad or (isinstance(done, dict) and done["errors"]):
        raise SystemExit(1)


def _show_undo(done: CauseUndo | dict[str, Any], coverage: Coverage, *, as_json: bool) -> None:
    """`done`: the undo, or the counts of its check."""
    if isinstance(done, dict):
        counts = {**done, "changed": coverage.changed}
        click.echo(orjson.dumps(counts).decode() if as_json else summary(done, coverage))
    elif as_json:
        left = {"unanswered": coverage.unanswered, "without_effect": coverage.without_effect}
        body = {"run_id": done.run_id, "enqueued": done.enqueued, **left, "unreadable": len(coverage.bad)}
        click.echo(orjson.dumps(body).decode())
    elif done.enqueued:
        count = pluralize(done.enqueued, "product")
        click.echo(f"{count} being restored as run {done.run_id}: follow with relist report --run {done.run_id}")
    else:
        click.echo("nothing to undo: no edit of the cause took effect")


@rollout.command()
@CAUSE
@AS_JSON
def probe(cause: str, as_json: bool) -> None:
    """Try one product per leaf to find where a field is safe.

    Example: relist rollout probe field/video
    """
    _decided(_ordered("probe", cause, lambda operations: operations.probe(cause)), "probed", as_json)


@rollout.command("run-policy")
@click.argument("run_id")
@click.argument("policy", type=click.Choice(["careful", "normal", "off", "default"]))
@AS_JSON
def run_policy(run_id: str, policy: str, as_json: bool) -> None:
    """Set the policy of one run.

    `default` restores RELIST_ROLLOUT.

    Example: relist rollout run-policy spring-sweep careful
    """
    chosen: PolicyName | None = None if policy == "default" else policy  # type: ignore[assignment]

    async def noted(operations: RolloutOperations) -> None:
        await note_order(settings_or_exit(), "rollout_run_policy", {"run": run_id[:200], "policy": policy})
        await operations.set_run_policy(run_id, chosen)

    _with_operations(noted)
    click.echo(orjson.dumps({"run_id": run_id, "policy": chosen}).decode() if as_json else f"{run_id}: {policy}")


@rollout.command()
@click.option("--unused-days", default=90, show_default=True, type=click.IntRange(min=1))
@AS_JSON
def prune(unused_days: int, as_json: bool) -> None:
    """Forget leaves and decisions without recent edits.

    Stopped causes stay stopped.

    Example: relist rollout prune --unused-days 180
    """
    forgotten = _with_operations(lambda operations: operations.prune(unused_days))
    click.echo(orjson.dumps({"forgotten": forgotten}).decode() if as_json else f"{forgotten:,} forgotten")


@rollout.command("simulate")
@click.argument("plan", type=click.File("rb"))
@click.option("--audit-minutes", type=click.FloatRange(min=0.1), help="Median of an audit; measured without it.")
@click.option("--rate", default=10.0, show_default=True, type=click.FloatRange(min=0.1), help="Edits/s of a shop.")
@AS_JSON
def simulate_(plan: BinaryIO, audit_minutes: float | None, rate: float, as_json: bool) -> None:
    """Compare the cost of the three policies for a plan file.

    Example: relist rollout simulate moves.jsonl --audit-minutes 60
    """
    products = _planned(plan)
    if not products:
        raise click.ClickException("the plan has no edit to send, so its rollout costs nothing")
    if not any(each.fields for each in products):
        text = "The plan is from an earlier release and has no fields, so their read-backs are not counted: plan again."
        click.echo(text, err=True)
    median = audit_minutes * 60 if audit_minutes else _with_operations(lambda operations: operations.audit_median())
    if not median:
        raise click.ClickException("no audit has been measured yet: pass --audit-minutes")
    try:
        costs = simulate(products, audits_around(median), rate=rate)
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None
    if as_json:
        body = {"products": len(products), "audit_median_seconds": median, "policies": [asdict(each) for each in costs]}
        click.echo(orjson.dumps(body).decode())
        return
    _print_costs(costs, len(products), median)


def _print_costs(costs: tuple[Cost, ...], products: int, median: float) -> None:
    table = plain_table("policy", "half final", "95 % final", "last edit", "groups gated", "waiting > 1 min", "calls")
    for cost in costs:
        times = [format_duration(each) for each in (cost.half_final, cost.most_final, cost.last_sent)]
        counts = [f"{each:,}" for each in (cost.groups_held, cost.products_held, cost.looks)]
        table.add_row(cost.policy, *times, *counts)
    print_table(table, f"{pluralize(products, 'product')}, audits of {format_duration(median)} (median).")


def _planned(plan: BinaryIO) -> list[PlannedProduct]:
    """The ready products of a plan file, without its header line."""
    products = []
    known: dict[frozenset[str], frozenset[str]] = {}
    for number, line in enumerate(iter(lambda: plan.readline(LONGEST_LINE), b""), 1):
        try:
            entry = orjson.loads(line)
            if isinstance(entry, dict) and entry.get("ready"):
                fields = frozenset(map(str, entry.get("fields") or ()))
                shop_id, leaf, rule, source = (
                    str(entry[name]) for name in ("shop_id", "category_id", "rule", "old_category")
                )
                products.append(PlannedProduct(shop_id, leaf, rule, source, known.setdefault(fields, fields)))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise click.ClickException(
                f"line {number} is not a plan line ({error}): `relist plan` writes one"
            ) from None
        if len(products) > MAX_PRODUCTS:
            raise click.ClickException(f"a simulation takes at most {MAX_PRODUCTS:,} products: split the plan by shop")
    return products


def _decided(cause: StopCause, done: str, as_json: bool) -> None:
    click.echo(orjson.dumps(asdict(cause)).decode() if as_json else f"{cause.key}: {done}")


def _level(group: LevelRecord) -> dict[str, Any]:
    return {
        "clean_read_backs": group.clean,
        "being_read_back": len(group.looking),
        "in_audit": len(group.auditing),
        "audits_passed": group.passes,
        "audits_rejected": group.rejections,
        "audits_unknown": group.unknown,
        "test_score": round(group.score, 2),
        "accepted_rate": group.accepted,
    }


def _when(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _by(cause: StopCause) -> str:
    return f"{cause.by} (alert only)" if cause.alert_only else cause.by
