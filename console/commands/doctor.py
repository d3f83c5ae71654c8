"""`relist doctor`: looks at everything the service stands on, and says how to fix what is not well."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import asdict
from itertools import groupby
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from config.logging.setup import configure_logging
from config.settings import Settings, SettingsError, load_settings
from console.diagnosis import platform, redis_server
from console.diagnosis.finding import Finding, failure, ok, warning
from console.diagnosis.record_store import examine_record
from console.fleet_table import fleet_state
from console.formatting import format_duration, pluralize
from console.session import redis_of, redis_unavailable, run
from console.stalled_shops import grouped, named, soonest
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.intake_stream import INTAKE_REJECTED, count_rejected
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry

MARKS = {"ok": ("ok  ", "green"), "warning": ("warn", "yellow"), "failure": ("FAIL", "bold red")}
MOST_ACCOUNTS = 50
ALIKE = ("tokens of account ", "webhooks of shop ")


@click.command()
@click.option("--offline", is_flag=True, help="Ask nothing of the platform.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def doctor(offline: bool, as_json: bool) -> None:
    """Check settings, Redis, the record, the platform, clocks, tokens and webhooks.

    Exit code 1 when something does not work; warnings alone are 0.

    Example: relist doctor
    """
    try:
        settings = load_settings()
    except SettingsError as wrong:
        fix = "say it in the environment or in .env; .env.example has every setting"
        findings = [failure("settings", problem, fix) for problem in wrong.problems]
    else:
        configure_logging(settings.log_format, settings.log_level)
        findings = [ok("settings", "complete"), *run(_examine(settings, offline), settings)]
    if as_json:
        click.echo(orjson.dumps([asdict(finding) for finding in findings]).decode())
    else:
        _print(findings)
    if any(finding.verdict == "failure" for finding in findings):
        raise click.exceptions.Exit(1)


async def _examine(settings: Settings, offline: bool) -> list[Finding]:
    """What can be looked at without Redis is looked at without it."""
    findings: list[Finding] = []
    try:
        async with redis_of(settings) as redis:
            findings += await redis_server.examine(redis, time.time())
            findings += [await examine_record(settings), *await _service(redis)]
            if not offline:
                findings += [*await _reach(settings), *await _accounts(settings, redis)]
            return findings + standing_still((await fleet_state(redis))["shops"])
    except REDIS_UNAVAILABLE as error:
        fix = "start it, or let RELIST_REDIS_URL say where it is; shops and tokens are looked at when it answers"
        without = [failure("Redis", redis_unavailable(error, settings), fix), await examine_record(settings)]
        return without if offline else without + await _reach(settings)


async def _service(redis: AnyRedis) -> list[Finding]:
    """Workers alive, entries other systems fed that were refused."""
    workers = len(await LaneReader(redis).workers())
    rejected = await count_rejected(redis)
    findings = [ok("workers", f"{workers} alive")] if workers else []
    if not workers:
        findings.append(warning("workers", "none is alive", "start one: relist worker"))
    if rejected:
        fix = f"XRANGE {INTAKE_REJECTED} - + COUNT 10 shows them with their errors; XTRIM when they are dealt with"
        findings.append(warning("intake", f"{pluralize(rejected, 'entry', 'entries')} rejected", fix))
    return findings


def standing_still(shops: list[dict[str, Any]]) -> list[Finding]:
    """One finding for each reason shops stand still for; the reason itself says what to do. Pure."""
    findings = []
    for state, reason, those in grouped(shops):
        fix = "when that is put right: relist shops resume SHOP"
        if (seconds := soonest(those)) is not None:
            fix += f"; without it the first is looked at again in {format_duration(seconds)}"
        what = f"{pluralize(len(those), 'shop')} {'stands' if len(those) == 1 else 'stand'} still"
        findings.append(warning(what, f"{state}: {reason} ({named(those)})", fix))
    return findings


async def _reach(settings: Settings) -> list[Finding]:
    now = platform.utc_now()
    findings = await platform.reach(settings.api_url, "API", now)
    if settings.auth_url != settings.api_url:
        findings += await platform.reach(settings.auth_url, "token API", now)
    return findings


async def _accounts(settings: Settings, redis: AnyRedis) -> list[Finding]:
    now, findings = platform.utc_now(), list[Finding]()
    shops = sorted(await ShopRegistry(redis).all(), key=lambda shop: shop.account)
    if not shops:
        findings.append(warning("shops", "none is known", "relist shops add"))
    accounts = [list(group) for _, group in groupby(shops, key=lambda shop: shop.account)]
    for group in accounts[:MOST_ACCOUNTS]:
        findings += await platform.examine_account(settings, redis, group, now)
    if len(accounts) > MOST_ACCOUNTS:
        findings.append(ok("accounts", f"the first {MOST_ACCOUNTS} of {len(accounts):,} were looked at"))
    return findings


def _print(findings: list[Finding]) -> None:
    """What was found of pluralize accounts or shops alike stands in one line."""
    console = Console()
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for finding in findings:
        kind, _, one = finding.what.rpartition(" ") if finding.what.startswith(ALIKE) else (finding.what, "", "")
        alike[(finding.verdict, kind, finding.found, finding.fix)].append({"shop_id": one})
    for (verdict, kind, found, fix), several_of_it in alike.items():
        mark, style = MARKS[verdict]
        what = f"{kind} {named(several_of_it)}".rstrip()
        if not console.is_terminal:
            # A pipe's lines are not folded.
            click.echo(f"{mark}  {what}: {found}" + (f"\n      → {fix}" if fix else ""))
            continue
        told = Text.assemble(f"{what}: {found}", (f"\n→ {fix}" if fix else "", "dim"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_row(Text(mark, style), told)
        console.print(table)
