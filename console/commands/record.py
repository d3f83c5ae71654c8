"""`relist record`: the store of before-images, states and history."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import orjson

from authorisation.platform import transport_of
from console.formatting import pluralize
from console.progress_bar import progress_bar
from console.record_access import complain, name_bad, record_of
from console.redis_rebuild import Rebuilt, rebuild
from console.session import redis_of, run, settings_or_exit
from record.errors import DamagedStore, RecordUnavailable
from record.fullness import fullness
from record.importing import Imported, import_journals
from record.record import Record
from record.retention import Going, RetentionPolicy
from record.verifying import Verified
from shop_queue.epoch import has_epoch
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore

SIZES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
as_json_option = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")


@click.group()
def record() -> None:
    """Upgrade, measure, check and prune the record, and import journals of older releases.

    Example: relist record size
    """


@record.command()
@as_json_option
def upgrade(as_json: bool) -> None:
    """Upgrade the record's schema to this release.

    Workers also do this when they start.

    Example: relist record upgrade
    """
    settings = settings_or_exit()

    async def work() -> tuple[int, str]:
        async with record_of(settings) as record:
            return await record.upgrade(), record.where

    version, where = run(work(), settings)
    click.echo(_json({"version": version}) if as_json else f"the record in {where} has schema version {version}")


@record.command()
@click.option("--limit", "limit", help="Warn at 80 % of this size, such as 500M or 20G.")
@as_json_option
def size(limit: str | None, as_json: bool) -> None:
    """Show the size of the record, by run and shop. The exit code is 1 if it is about to be full.

    Example: relist record size --limit 20G
    """
    settings, limit_bytes = settings_or_exit(), _bytes(limit)

    async def work() -> Any:
        async with record_of(settings) as record:
            return await record.usage()

    usage = run(work(), settings)
    state = fullness(usage.space, limit_bytes)
    if as_json:
        click.echo(_json({**asdict(usage), "level": state.level, "why": state.why}))
    else:
        free = f", {_size(usage.space.free)} free on its disk" if usage.space.free is not None else ""
        click.echo(f"{_size(usage.space.used)} on disk{free}; {pluralize(usage.edits, 'edit')}")
        for each in usage.largest[:20]:
            scope = f"run {each.run_id or '-'}, shop {each.shop_id}"
            click.echo(f"  {_size(each.bytes):>10}  {pluralize(each.edits, 'edit')} of {scope}")
    if state.level != "fine":
        complain(state.why)
    if state.level == "full":
        raise SystemExit(1)


@record.command()
@click.option("--older-than", "age", help="Remove entries older than this, such as 90d or 12h.")
@click.option("--keep", "keep", help="Remove the oldest entries until this size is left, such as 500M or 20G.")
@click.option("--run", "run_id", default="", help="Only entries of this run.")
@click.option("--shop", "shop_id", default="", help="Only entries of this shop.")
@click.option("--dry-run", is_flag=True, help="Show what would be removed, without removing it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_option
def prune(
    age: str | None, keep: str | None, run_id: str, shop_id: str, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Remove old entries.

    Their products keep their state, but the removed edits can no longer be undone.

    Entries of products in audit stay.

    Example: relist record prune --older-than 180d
    """
    if not age and not keep:
        raise click.UsageError("say what to prune: --older-than, --keep, or both")
    settings = settings_or_exit()
    before = datetime.now(UTC) - _age(age) if age else None
    policy = RetentionPolicy(before, _bytes(keep), run_id, shop_id)

    async def work() -> Going:
        async with record_of(settings) as record:
            going = await record.would_prune(policy)
            if dry_run or not going.edits:
                return going
            if not as_json:
                click.echo(f"to be removed: {_going(going)}")
            if not yes:
                click.confirm("Remove them permanently?", abort=True, err=True)
            return await record.prune(policy)

    going = run(work(), settings)
    if as_json:
        click.echo(_json({**asdict(going), "removed": not dry_run}))
    else:
        click.echo(f"{'would remove' if dry_run else 'removed'}: {_going(going)}")


@record.command()
@click.option("--repair", is_flag=True, help="Rebuild a damaged SQLite file from its entries. Stop the workers first.")
@as_json_option
def verify(repair: bool, as_json: bool) -> None:
    """Check every checksum, every counter and the store's structure.

    The exit code is 1 if anything is damaged; each bad entry is named.

    Example: relist record verify
    """
    settings = settings_or_exit()

    async def work() -> tuple[Verified, Path | None]:
        async with record_of(settings) as record:
            if repair and await _is_damaged(record):
                kept = await record.repair()
                return await record.verify(), kept
            return await record.verify(), None

    found, kept = run(work(), settings)
    if as_json:
        click.echo(_json({**asdict(found), "sound": found.sound, "damaged_file": str(kept) if kept else None}))
    else:
        if kept is not None:
            click.echo(f"rebuilt; the damaged file is kept as {kept}")
        elif repair and found.sound:
            click.echo("nothing is damaged: the record stays as it is")
        counted = f"{pluralize(found.edits, 'edit')}, {pluralize(found.events, 'event')}"
        click.echo(f"{counted} and {pluralize(found.products, 'product')} are sound")
        name_bad(found.bad, found.bad_count, complain)
        name_bad(found.problems, len(found.problems), complain)
        for advice in found.advice:
            click.echo(f"advice: {advice}")
    if not found.sound:
        if not as_json:
            complain("the record is damaged")
        raise SystemExit(1)


async def _is_damaged(record: Record) -> bool:
    try:
        return not (await record.verify()).sound
    except (RecordUnavailable, DamagedStore):
        return True  # `repair` fails as well if the reason is another one


@record.command()
@click.argument("file")
def backup(file: str) -> None:
    """Copy a SQLite record to a new file while workers write.

    `-` is standard output.

    Use pg_dump for PostgreSQL.

    Example: relist record backup record-backup.sqlite3
    """
    settings = settings_or_exit()

    async def work(target: Path) -> None:
        async with record_of(settings) as record:
            await record.backup(target)

    with tempfile.TemporaryDirectory(prefix="relist-backup-") as place:
        target = Path(place) / "record.sqlite3" if file == "-" else Path(file)
        if target.exists():
            raise click.ClickException(f"{target} exists: name a new file")
        try:
            run(work(target), settings)
        except ValueError as wrong:
            raise click.ClickException(str(wrong)) from None
        if file == "-":
            with target.open("rb") as copied:
                shutil.copyfileobj(copied, sys.stdout.buffer)


@record.command(name="rebuild")
@click.option("--force", is_flag=True, help="Run even if Redis was not emptied; only missing data is added.")
@as_json_option
def rebuild_redis(force: bool, as_json: bool) -> None:
    """Rebuild shops, tokens, states and audits of an emptied Redis. Then restart all processes.

    Shops that people had paused or limited, and rollouts that they had stopped, are so again.

    Products that were queued or waiting, and those that need input, are queued again. Rejected and failed products keep
    only the reason of their question. Shops whose tokens are lost are reported: their sellers must authorise the app
    again.

    Example: relist record rebuild
    """
    settings = settings_or_exit()

    async def work() -> Rebuilt:
        async with redis_of(settings) as redis, record_of(settings) as record:
            if not force and await has_epoch(redis):
                raise click.ClickException("Redis was not emptied; --force adds the data it lacks")
            tokens = TokenStore(redis, TokenCipher(*settings.token_keys), transport_of(settings))
            with progress_bar("products restored") as progress:
                return await rebuild(record, redis, tokens, lambda done: progress(done, done))

    rebuilt = run(work(), settings)
    if as_json:
        click.echo(_json({**asdict(rebuilt), "bad": [str(each) for each in rebuilt.bad]}))
    else:
        products, audits = pluralize(rebuilt.products, "product"), pluralize(rebuilt.audits, "audit")
        click.echo(f"{pluralize(rebuilt.shops, 'shop')} and {products} restored; {audits} followed again")
        paused, limited = pluralize(len(rebuilt.paused), "shop"), pluralize(len(rebuilt.limited), "shop")
        click.echo(
            f"{paused} paused again, {limited} limited again; stopped again: {', '.join(rebuilt.stopped) or '-'}"
        )
        click.echo(f"{pluralize(rebuilt.queued, 'product')} queued again. Restart all processes.")
    if rebuilt.unnamed_pauses:
        unnamed = pluralize(rebuilt.unnamed_pauses, "shop")
        complain(f"{unnamed} paused together with many others may be active now: check relist shops list")
    if rebuilt.without_tokens:
        complain(f"sellers must authorise the app again: {', '.join(rebuilt.without_tokens)}")
    if rebuilt.bad_count:
        name_bad(rebuilt.bad, rebuilt.bad_count, complain)
    if rebuilt.without_tokens or rebuilt.bad_count:
        raise SystemExit(1)


@record.command(name="import")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_json_option
def import_(directory: Path, as_json: bool) -> None:
    """Import journal files (*.jsonl.gz) of releases before 0.3. Can be repeated.

    The exit code is 1 if part of a file cannot be read; everything else is imported, and that part is named.

    Example: relist record import /var/lib/relist/journal
    """
    settings = settings_or_exit()

    async def work() -> Imported:
        async with record_of(settings) as record:
            return await import_journals(record, directory)

    imported = run(work(), settings)
    if not imported.files:
        raise click.ClickException(f"{directory} has no journal file (*.jsonl.gz): name the directory of a worker")
    if as_json:
        click.echo(_json(asdict(imported)))
    else:
        files = pluralize(imported.files, "file")
        click.echo(f"{pluralize(imported.edits, 'edit')} and {pluralize(imported.results, 'answer')} out of {files}")
    if imported.bad_count:
        name_bad(imported.bad, imported.bad_count, complain)
        raise SystemExit(1)


@record.command()
@click.argument("shop_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_option
def erase(shop_id: str, yes: bool, as_json: bool) -> None:
    """Remove everything about a shop from the record.

    None of its edits can be undone afterwards.

    Example: relist record erase 7494000000000000001
    """
    settings = settings_or_exit()
    if not yes:
        click.confirm(f"Erase every entry and state of shop {shop_id} permanently?", abort=True, err=True)

    async def work() -> Going:
        async with record_of(settings) as record:
            return await record.erase_shop(shop_id)

    going = run(work(), settings)
    text = f"erased: {_going(going)}, {pluralize(going.products, 'product')}"
    click.echo(_json(asdict(going)) if as_json else text)


def _going(going: Going) -> str:
    if not going.edits:
        return "nothing"
    between = f", {going.first_at:%Y-%m-%d} to {going.last_at:%Y-%m-%d}" if going.first_at and going.last_at else ""
    return f"{pluralize(going.edits, 'edit')}, {_size(going.bytes)}{between}"


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)([KMGT]?)B?", text.strip().upper())
    if found is None:
        raise click.UsageError(f"{text!r} is not a size: write 500M or 20G")
    return int(found[1]) * SIZES[found[2]]


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([dh])", text.strip().lower())
    if found is None:
        raise click.UsageError(f"{text!r} is not an age: write 90d or 12h")
    return timedelta(days=int(found[1])) if found[2] == "d" else timedelta(hours=int(found[1]))


def _size(count: int) -> str:
    for unit in ("T", "G", "M", "K"):
        if count >= SIZES[unit]:
            return f"{count / SIZES[unit]:.1f} {unit}iB"
    return f"{count} bytes"


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
