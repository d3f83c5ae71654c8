"""`relist demo`: run a whole fleet on this machine and report what happened, verified by the platform's ledger."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import click
import orjson
from rich.console import Console
from rich.live import Live
from rich.padding import Padding
from rich.text import Text

from console.fleet_table import fleet_table, status_report
from demo.local_fleet import FleetError, running_fleet
from model.job import Job
from monitoring.fleet import Fleet, read_fleet
from redis_client.connect import AnyRedis
from shop_queue.outcome_stream import published_outcomes
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

GIVE_UP_SECONDS = 600.0
LEASE_SECONDS = 30.0
SETTLING_SECONDS = 3.0
FIRST_EDITS = (
    "More than two, because everything is new in the demo: the first edits of each leaf and field are read back, "
    "and products that wait for them are read twice. "
    "Once these are known, a product takes two calls and its share of a search."
)
OWN_CALLS = ("read", "edit", "read_back", "audit", "confirmation")
"""Purposes of calls that are made for one product; the others are shared by many."""
CALL_NAMES = {
    "read": "reads",
    "edit": "edits",
    "read_back": "read-backs",
    "audit": "checks of an audit",
    "confirmation": "searches for live listings",
}
ON_V1 = ("needs_input", "rejected", "failed", "waiting")
"""Last outcomes of products that are still on v1."""


@click.command()
@click.option("--shops", default=10, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--products", default=2000, show_default=True, type=click.IntRange(1, 10_000_000))
@click.option("--seed", default=1, show_default=True)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--json", "as_json", is_flag=True, help="Output only the report, as JSON.")
def demo(shops: int, products: int, seed: int, workers: int, as_json: bool) -> None:
    """Move a whole fleet to v2: Redis, a gateway, workers and a simulated platform as real processes.

    Example: relist demo --shops 20 --products 10000
    """
    try:
        report = asyncio.run(_demo(shops, products, seed, workers, show=not as_json))
    except FleetError as problem:
        raise click.ClickException(str(problem)) from None
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    if as_json:
        click.echo(orjson.dumps(report).decode())
    else:
        print_report(report)
    if report["lost"] or report["books"]["damaged"] or not report["finished"]:
        raise click.exceptions.Exit(1)


async def _demo(shops: int, products: int, seed: int, workers: int, *, show: bool) -> dict[str, Any]:
    began = time.monotonic()
    size = ("--seed", str(seed), "--shops", str(shops), "--products", str(products))
    async with running_fleet(workers, *size) as fleet:
        registry = await ShopRegistry(fleet.redis).all()
        searches = (Job(shop.shop_id, "search:demo", "search", run_id="demo") for shop in registry)
        await LaneProducer(fleet.redis, "demo").enqueue(EnqueueRequest(search) for search in searches)
        while True:
            finished = await _watch(fleet.redis, products, show=show)
            before = status_report(await read_fleet(fleet.redis, LEASE_SECONDS))["total"]
            books = (await fleet.books())["total"]
            report = await _report(fleet.redis, books, await fleet.calls_by_purpose())
            # A product whose wait ended while the report was being made would be in only one of its two sources.
            if not finished or status_report(await read_fleet(fleet.redis, LEASE_SECONDS))["total"] == before:
                break
    return {**report, "finished": finished, "seconds": round(time.monotonic() - began, 1)}


async def _watch(redis: AnyRedis, products: int, *, show: bool) -> bool:
    """Show progress until the fleet is finished. Returns False if that takes too long."""
    began, is_settled = time.monotonic(), Settling()
    with Live(auto_refresh=False, transient=False, console=Console(stderr=not show, quiet=not show)) as live:
        while time.monotonic() - began < GIVE_UP_SECONDS:
            fleet = await read_fleet(redis, LEASE_SECONDS)
            state = status_report(fleet)
            table = fleet_table(state, width=live.console.width)
            table.caption = progress(state["total"], products, time.monotonic() - began, finished=is_finished(fleet))
            live.update(table, refresh=True)
            if is_settled(fleet, time.monotonic()):
                return True
            await asyncio.sleep(0.5)
    return False


def progress(total: dict[str, Any], products: int, seconds: float, *, finished: bool) -> str:
    """Return how many products have ended or wait, and how long the others may take. Pure.

    A few of `products` were deleted in the simulated shops and are never found.
    """
    done = total["known"] - total["queued"] - total["running"] - total["in_audit"]
    rate = done / max(0.1, seconds)
    if finished:
        return f"{done:,} products finished, {rate:.0f}/s"
    to_go = f", about {max(0, products - done) / rate:.0f} s to go" if rate > 1 else ""
    return f"{done:,} of about {products:,} products finished, {rate:.0f}/s{to_go}"


def is_finished(fleet: Fleet) -> bool:
    """Return whether only products remain that wait for the platform or the seller, which can take days. Pure."""
    lanes = [stats.lane for stats in fleet.shops]
    # An approved product may wait for its seller, with a job that follows its audit.
    active = sum(lane.waiting + lane.in_flight + lane.products.by_state["in_audit"] for lane in lanes)
    # A job that is only delayed for a retry will still end in the state of its product.
    return active == 0 and all(lane.queued <= lane.products.by_state["waiting"] for lane in lanes)


class Settling:
    """Whether a fleet is finished and stays so.

    A product held by the rollout asks again within 2 s after the hold ends.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[Any, ...]] = []
        self._since = 0.0

    def __call__(self, fleet: Fleet, now: float) -> bool:
        """`now` is in monotonic seconds."""
        if not is_finished(fleet):
            self._seen = []
            return False
        seen = [(each.lane.queued, each.lane.outcomes, each.lane.products.by_state) for each in fleet.shops]
        if seen != self._seen:
            self._seen, self._since = seen, now
        return not any(each.queued for each in fleet.shops) or now - self._since >= SETTLING_SECONDS


async def _report(redis: AnyRedis, books: dict[str, Any], calls: Counter[str]) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    example: dict[str, dict[str, Any]] = {}
    last: dict[str, str] = {}
    deleted = 0
    async for outcome in published_outcomes(redis):
        if not outcome["product_id"]:
            deleted += outcome.get("counts", {}).get("skipped_deleted", 0)
            continue
        last[outcome["product_id"]] = outcome["outcome"]
        if outcome["outcome"] in ("needs_input", "failed", "rejected"):
            for reason in outcome["reasons"]:
                reasons[reason["code"]] += 1
                example.setdefault(
                    reason["code"], {"shop_id": outcome["shop_id"], "product_id": outcome["product_id"], **reason}
                )
    outcomes.update(last.values())
    edited = books["edits_accepted"]
    # Each product that is read and not edited costs one read.
    not_edited = outcomes["needs_input"] + outcomes["already_v2"] + outcomes["waiting"] + outcomes["gone"]
    own = {name: calls[name] for name in OWN_CALLS}
    own["read"] = max(0, own["read"] - not_edited)
    return {
        "books": {name: value for name, value in books.items() if name != "calls"},
        "calls": books["calls"],
        "calls_by_purpose": dict(calls),
        "calls_per_product": round(sum(own.values()) / edited, 3) if edited else None,
        "calls_of_an_edited_product": {name: round(count / edited, 3) for name, count in own.items() if edited},
        "shared_calls": sum(count for name, count in calls.items() if name not in OWN_CALLS),
        "outcomes": dict(outcomes),
        "deleted": deleted,
        "lost": books["still_on_v1"] - deleted - sum(outcomes[name] for name in ON_V1),
        "reasons": [{"code": code, "products": count, **example[code]} for code, count in reasons.most_common(8)],
    }


def to_do(reason: dict[str, Any]) -> Padding:
    """Describe how many products a reason blocks, who must act, and how."""
    choices = [value["name"] for value in reason["allowed_values"][:3]]
    if reason["field"] == "certifications":
        fix = "add it in Seller Center or in the worklist"
    elif choices:
        fix = "choose one, such as " + "; ".join(choices)
    elif reason["field"]:
        fix = f"correct {reason['field']}"
    else:
        fix = "correct the product in Seller Center"
    text = Text.assemble(
        (f"{reason['products']:,} products", "bold"),
        f": {reason['message']}\n",
        ("the " + reason["actor"], "cyan"),
        f" must {fix}\n",
        (f"for example product {reason['product_id']} of shop {reason['shop_id']}", "dim"),
    )
    return Padding(text, (1, 0, 0, 4))


def print_report(report: dict[str, Any]) -> None:
    console, books, outcomes = Console(), report["books"], report["outcomes"]
    console.print(
        f"\n[bold]{books['moved']:,} of {books['products']:,} products moved to v2[/] in {report['seconds']} s."
    )
    console.print(f"{books['born_on_v2']:,} were on v2 already.")
    waiting = outcomes.get("needs_input", 0)
    rejected, failed = outcomes.get("rejected", 0), outcomes.get("failed", 0)
    console.print(f"{waiting:,} need input, {rejected:,} were rejected by the audit, {failed:,} failed.")
    if outcomes.get("waiting"):
        console.print(f"{outcomes['waiting']:,} wait for the platform or the seller, and will be tried again.")
    for reason in report["reasons"]:
        console.print(to_do(reason))
    parts = (f"{count} {CALL_NAMES[name]}" for name, count in report["calls_of_an_edited_product"].items() if count)
    console.print(f"\n{report['calls_per_product']} API calls per edited product: {', '.join(parts)}.")
    if report["calls_of_an_edited_product"].get("read_back"):
        console.print(FIRST_EDITS)
    shared = (f"{count:,} {name}" for name, count in report["calls_by_purpose"].items() if name not in OWN_CALLS)
    console.print(f"{report['shared_calls']:,} calls were shared: {', '.join(shared)}.")
    console.print(f"{books['throttled']:,} of {sum(report['calls'].values()):,} requests were throttled.")
    if not report["finished"]:
        console.print("[bold red]The demo did not finish in time.[/]")
    if report["lost"] or books["damaged"]:
        console.print(f"[bold red]{report['lost']} products lost, {books['damaged']} listings damaged.[/]")
    else:
        console.print(
            "[green]The platform's ledger confirms it: every product is on v2 or has an outcome that says why not,"
            " and no listing was damaged.[/]"
        )
