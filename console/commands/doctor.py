"""`relist doctor`: check everything the service depends on and suggest fixes."""

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
from console.diagnosis.products import products_known
from console.diagnosis.record_store import check_record
from console.fleet_table import fleet_state
from console.formatting import format_duration, pluralize
from console.session import redis_of, redis_unavailable, run
from console.stalled_shops import earliest_resume, group_stalled, list_ids
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.intake_stream import INTAKE_REJECTED, count_rejected
from shop_queue.shop_registry import ShopRegistry

MARKS = {"ok": ("ok  ", "green"), "warning": ("warn", "yellow"), "failure": ("FAIL", "bold red")}
MAX_ACCOUNTS = 50
GROUPED = ("tokens of account ", "webhooks of shop ")
"""Findings that are printed once for all accounts or shops with the same result."""


@click.command()
@click.option("--offline", is_flag=True, help="Send no requests to the platform.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def doctor(offline: bool, as_json: bool) -> None:
    """Check settings, Redis, the record, the platform, clocks, tokens and webhooks.

    The exit code is 1 if a check fails; warnings do not count.

    Example: relist doctor
    """
    try:
        settings = load_settings()
    except SettingsError as wrong:
        fix = "set it in the environment or in .env; .env.example lists every setting"
        findings = [failure("settings", problem, fix) for problem in wrong.problems]
    else:
        configure_logging(settings.log_format, settings.log_level)
        findings = [ok("settings", "complete"), *run(_check(settings, offline), settings)]
    if as_json:
        click.echo(orjson.dumps([asdict(finding) for finding in findings]).decode())
    else:
        _print(findings)
    if any(finding.verdict == "failure" for finding in findings):
        raise click.exceptions.Exit(1)


async def _check(settings: Settings, offline: bool) -> list[Finding]:
    """Run all checks; if Redis is unavailable, those that do not need it."""
    findings: list[Finding] = []
    try:
        async with redis_of(settings) as redis:
            fleet = await fleet_state(redis, settings.lease_seconds)
            findings += await redis_server.check_redis(redis, time.time())
            findings += [await check_record(settings), check_workers(fleet["workers"]), *await _intake(redis)]
            if not offline:
                findings += [*await _reach(settings), *await _accounts(settings, redis)]
            return [*findings, products_known(fleet), *stalled_findings(fleet["shops"])]
    except REDIS_UNAVAILABLE as error:
        fix = "start it, or correct RELIST_REDIS_URL; shops and tokens are checked once it is reachable"
        without = [failure("Redis", redis_unavailable(error, settings), fix), await check_record(settings)]
        return without if offline else without + await _reach(settings)


def check_workers(workers: list[dict[str, Any]]) -> Finding:
    """Check that at least one worker is alive. Pure."""
    if workers:
        return ok("workers", f"{len(workers)} alive")
    return warning("workers", "none is alive", "start one: relist worker")


async def _intake(redis: AnyRedis) -> list[Finding]:
    """Report rejected intake entries."""
    rejected = await count_rejected(redis)
    if not rejected:
        return []
    fix = f"XRANGE {INTAKE_REJECTED} - + COUNT 10 shows them with their errors; XTRIM them once they are handled"
    return [warning("intake", f"{pluralize(rejected, 'entry', 'entries')} rejected", fix)]


def stalled_findings(shops: list[dict[str, Any]]) -> list[Finding]:
    """Return one finding per reason for stalled shops. Pure."""
    findings = []
    for state, reason, group in group_stalled(shops):
        fix = "fix the cause, then run relist shops resume SHOP"
        if (seconds := earliest_resume(group)) is not None:
            fix += f"; otherwise the first is retried in {format_duration(seconds)}"
        what = f"{pluralize(len(group), 'shop')} stalled"
        findings.append(warning(what, f"{state}: {reason} ({list_ids(group)})", fix))
    return findings


async def _reach(settings: Settings) -> list[Finding]:
    now = platform.utc_now()
    findings = await platform.check_reachable(settings.api_url, "API", now)
    if settings.auth_url != settings.api_url:
        findings += await platform.check_reachable(settings.auth_url, "token API", now)
    return findings


async def _accounts(settings: Settings, redis: AnyRedis) -> list[Finding]:
    now, findings = platform.utc_now(), list[Finding]()
    shops = sorted(await ShopRegistry(redis).all(), key=lambda shop: shop.account)
    if not shops:
        findings.append(warning("shops", "no shop is known", "add one: relist shops add"))
    accounts = [list(group) for _, group in groupby(shops, key=lambda shop: shop.account)]
    for group in accounts[:MAX_ACCOUNTS]:
        findings += await platform.check_account(settings, redis, group, now)
    if len(accounts) > MAX_ACCOUNTS:
        findings.append(ok("accounts", f"only the first {MAX_ACCOUNTS} of {len(accounts):,} were checked"))
    return findings


def _print(findings: list[Finding]) -> None:
    """Print the findings; equal findings about several accounts or shops share a line."""
    console = Console()
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for finding in findings:
        kind, _, one = finding.what.rpartition(" ") if finding.what.startswith(GROUPED) else (finding.what, "", "")
        groups[(finding.verdict, kind, finding.found, finding.fix)].append({"shop_id": one})
    for (verdict, kind, found, fix), subjects in groups.items():
        mark, style = MARKS[verdict]
        what = f"{kind} {list_ids(subjects)}".rstrip()
        if not console.is_terminal:
            # Do not wrap lines in a pipe.
            click.echo(f"{mark}  {what}: {found}" + (f"\n      → {fix}" if fix else ""))
            continue
        text = Text.assemble(f"{what}: {found}", (f"\n→ {fix}" if fix else "", "dim"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_row(Text(mark, style), text)
        console.print(table)
