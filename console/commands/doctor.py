"""`relist doctor`: check everything the service depends on and suggest fixes."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

import click
import orjson
from redis.exceptions import OutOfMemoryError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from config.logging.setup import configure_logging
from config.settings import Settings, SettingsError, load_settings
from config.unknown_settings import unknown_settings
from config.version import process_version
from console.diagnosis import redis_server
from console.diagnosis.clocks import NO_START
from console.diagnosis.facts_file import check_facts_file
from console.diagnosis.files import check_files
from console.diagnosis.finding import Finding, failure, ok, warning
from console.diagnosis.gateway import check_gateway
from console.diagnosis.outage import with_outage
from console.diagnosis.pending import check_pending
from console.diagnosis.products import products_known
from console.diagnosis.record_store import check_record
from console.diagnosis.rollout import rollout_findings
from console.diagnosis.stalled import with_stalled
from console.diagnosis.unverified import unverified_finding
from console.diagnosis.worker_problems import with_worker_problems
from console.emptied_redis import emptied
from console.fleet_table import fleet_state
from console.formatting import pluralize
from console.redis_remedies import redis_remedy
from console.session import REDIS_FULL, redis_of, redis_unavailable, run
from console.stalled_shops import list_ids
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from redis_client.memory import NoMemoryLeft
from rollout.codec import CorruptRecord
from rollout.operations import RolloutOperations
from shop_queue.intake_stream import INTAKE_REJECTED, count_rejected
from shop_queue.shop_registry import ShopRegistry
from shop_queue.worker_versions import read_versions

THEN = "shops and tokens are checked once it is reachable"
MARKS = {"ok": ("ok  ", "green"), "warning": ("warn", "yellow"), "failure": ("FAIL", "bold red")}


@click.command()
@click.option("--offline", is_flag=True, help="Send no requests to the platform.")
@click.option("--strict", is_flag=True, help="Exit with 2 if there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def doctor(offline: bool, strict: bool, as_json: bool) -> None:
    """Check settings, files, Redis, the record, the platform, clocks, shops and webhooks. Each cause is reported once.

    The exit code is 1 if a check fails. Warnings count only with --strict: then it is 2 unless a check fails.

    Example: relist doctor
    """
    try:
        settings = load_settings()
    except SettingsError as wrong:
        fix = "set or correct it in the environment or in .env; .env.example lists every setting"
        findings = [failure("settings", problem, fix) for problem in wrong.problems]
    else:
        configure_logging(settings.log_format, settings.log_level)
        files = check_files(settings)
        findings = [ok("settings", "complete"), *files, *check_facts_file(settings.facts_file)]
        if any(each.cause == "apps_file" for each in files):
            offline = True  # the apps' secrets are unknown
        findings = with_worker_remedy(run(_check(settings, offline, findings), settings))
    findings = [*(warning("settings", name, "correct or remove it") for name in unknown_settings()), *findings]
    if as_json:
        click.echo(orjson.dumps([asdict(finding) for finding in findings]).decode())
    else:
        _print(findings)
    if any(finding.verdict == "failure" for finding in findings):
        raise click.exceptions.Exit(1)
    if strict and any(finding.verdict == "warning" for finding in findings):
        raise click.exceptions.Exit(2)


async def _check(settings: Settings, offline: bool, found: list[Finding]) -> list[Finding]:
    """Add the findings of all checks to `found`; if Redis is unavailable, of those that do not need it."""
    if not offline:
        # Imported here, because it takes as long as all other checks.
        from console.diagnosis import online
    findings = list(found)
    try:
        async with redis_of(settings) as redis:
            fleet = await fleet_state(redis, settings.lease_seconds)
            findings += await redis_server.check_redis(redis, time.time())
            findings += await redis_server.check_user(redis)
            if (lost := await emptied(settings, redis)) is not None:
                fix = "relist record rebuild, or restore a backup of Redis; then restart all processes"
                findings.append(failure("Redis data", str(lost).partition(". ")[0], fix, "redis_emptied"))
            findings += [
                await check_record(settings, fleet["total"]["edited"]),
                *await _workers(redis, fleet),
                *await check_gateway(redis, settings),
                *await _intake(redis),
            ]
            if lost is not None:
                # It was lost with the rest of the data.
                findings = [each for each in findings if each.cause != "mixed_versions"]
            shops = await ShopRegistry(redis).all()
            findings += [*unverified_finding(shops), *await check_pending(redis)]
            if not offline:
                reached = await online.check_reachable(settings)
                if any(each.cause == "clock" for each in reached):
                    # This machine's clock is wrong, which also explains the difference from Redis.
                    findings = [each for each in findings if each.what != "Redis clock"]
                findings += reached
                if any(each.verdict == "failure" for each in reached):
                    wrong = any(each.cause == "clock" for each in reached)
                    why = "this machine's clock is wrong" if wrong else "the platform cannot be reached"
                    findings.append(warning("shops", f"not looked at: {why}", "fix the problem named above"))
                elif shops or lost is None:
                    findings += await online.check_shops(settings, redis, shops)
            findings += await _rollout(redis, fleet)
            findings = with_worker_problems(with_outage(findings, fleet, time.time()), fleet)
            return with_stalled([*findings, products_known(fleet)], fleet["shops"])
    except (NoMemoryLeft, OutOfMemoryError):
        others = [each for each in findings if each.what != "Redis memory"]
        without = [*others, failure("Redis memory", REDIS_FULL, "raise maxmemory", "redis_full")]
        return without if offline else without + await online.check_reachable(settings)
    except REDIS_UNAVAILABLE as error:
        without = [
            *found,
            failure("Redis", redis_unavailable(error, settings), f"{redis_remedy(error)}; {THEN}", "redis"),
            await check_record(settings),
        ]
        return without if offline else without + await online.check_reachable(settings)


def check_workers(workers: list[dict[str, Any]], jobs: int) -> Finding:
    """Check that at least one worker is alive. `jobs`: the number of jobs that wait for one. Pure."""
    if workers:
        return ok("workers", f"{len(workers)} alive")
    if jobs:
        found = f"none is alive, with {pluralize(jobs, 'job')} waiting"
        return failure("workers", found, "start one: relist worker", "no_worker")
    return warning("workers", "none is alive", "start one: relist worker", "no_worker")


def with_worker_remedy(findings: list[Finding]) -> list[Finding]:
    """Change the remedy for missing workers if one of the findings keeps them from starting. Pure."""
    if not any(_stops_a_start(each) for each in findings):
        return findings
    fix = "fix the problem that keeps workers from starting (see the other lines), then start one: relist worker"
    return [replace(each, fix=fix) if each.cause == "no_worker" else each for each in findings]


def _stops_a_start(finding: Finding) -> bool:
    """Whether a worker refuses to start for this cause. The rights are those of this command's user, so a worker's may
    differ.
    """
    of_start = finding.what.endswith(("file", "rules", "codes")) or finding.what.startswith("Redis")
    if finding.cause == "clock":
        return NO_START in finding.fix
    return finding.cause == "redis_rights" or (finding.verdict == "failure" and of_start)


async def _workers(redis: AnyRedis, fleet: dict[str, Any]) -> list[Finding]:
    versions, workers = await read_versions(redis), fleet["workers"]
    found = check_workers(workers, fleet["total"]["jobs"])
    return [found, *check_versions([versions.get(each["worker"], "") for each in workers])]


def check_versions(versions: list[str]) -> list[Finding]:
    """Check that all live workers, and this command, run one version. Empty means an older release. Pure."""
    differing = sorted({each or "an earlier release" for each in versions} | {process_version()})
    if not versions or len(differing) == 1:
        return []
    fix = "end the update: restart the remaining processes with one version (docs/how-to/upgrade.md)"
    return [warning("versions", f"mixed: {', '.join(differing)}", fix, "mixed_versions")]


async def _rollout(redis: AnyRedis, fleet: dict[str, Any]) -> list[Finding]:
    try:
        return rollout_findings(await RolloutOperations(redis).causes(), fleet["total"]["waiting"])
    except CorruptRecord as error:
        return [failure("rollout", str(error), "restore Redis from a backup (docs/how-to/recover.md)")]


async def _intake(redis: AnyRedis) -> list[Finding]:
    """Report rejected intake entries."""
    rejected = await count_rejected(redis)
    if not rejected:
        return []
    fix = f"XRANGE {INTAKE_REJECTED} - + COUNT 10 shows them with their errors; XTRIM them once they are handled"
    return [warning("intake", f"{pluralize(rejected, 'entry', 'entries')} rejected", fix)]


def _print(findings: list[Finding]) -> None:
    console = Console()
    for finding in findings:
        mark, style = MARKS[finding.verdict]
        found = finding.found
        if finding.shops:
            found += f": {list_ids([{'shop_id': each} for each in finding.shops])}"
        if not console.is_terminal:
            # Do not wrap lines in a pipe.
            click.echo(f"{mark}  {finding.what}: {found}" + (f"\n      → {finding.fix}" if finding.fix else ""))
            continue
        text = Text.assemble(f"{finding.what}: {found}", (f"\n→ {finding.fix}" if finding.fix else "", "dim"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_row(Text(mark, style), text)
        console.print(table)
