"""Checks the record for `relist doctor`."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from config.settings import Settings
from console.diagnosis.finding import Finding, failure, ok, warning
from console.formatting import pluralize
from record.errors import DamagedStore, RecordUnavailable, SchemaTooNew
from record.fullness import fullness
from record.opening import open_record


async def check_record(settings: Settings, made: int = 0) -> Finding:
    """Whether before-images can be written, and for how long; without them no edit is sent.

    `made`: the number of accepted edits according to Redis.
    """
    url, directory = settings.record_url.get_secret_value(), settings.journal_dir
    if not url and (problem := _directory(directory)) is not None:
        return problem
    try:
        record = open_record(url, directory)
    except ValueError as wrong:
        return failure("record", f"RELIST_RECORD_URL: {wrong}", "correct the setting")
    try:
        await record.upgrade()
        usage = await record.usage()
        await record.probe()
    except RecordUnavailable as unavailable:
        return failure("record", f"{unavailable.where} is unavailable: {unavailable.cause}", unavailable.advice)
    except (DamagedStore, SchemaTooNew) as problem:
        return failure("record", str(problem), "run `relist record verify`")
    finally:
        await record.close()
    room = fullness(usage.space)
    if room.level != "fine":
        fix = "edits stop when it is full (docs/runbooks/record-filling-up.md)"
        return (failure if room.level == "full" else warning)("record", room.why, fix)
    if (lost := lost_record(usage.edits, made, record.where)) is not None:
        return lost
    free = f", {usage.space.free / 1024**3:.0f} GiB are free" if usage.space.free is not None else ""
    return ok("record", f"{record.where} can be written, {pluralize(usage.edits, 'edit')}{free}")


def lost_record(kept: int, made: int, where: str) -> Finding | None:
    """Warn of a record that was deleted: a new one is opened in its place. Pure."""
    if kept or not made:
        return None
    found = f"{where} has no edit, but the workers have made {pluralize(made, 'edit')}"
    return warning(
        "record", found, "unless it was pruned, stop the workers and restore its backup: nothing can be undone"
    )


def _directory(directory: Path) -> Finding | None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = directory / f".doctor-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        fix = "set RELIST_JOURNAL_DIR to a directory to which the workers may write, or set RELIST_RECORD_URL"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            fix = "free disk space; edits wait until then (docs/runbooks/record-filling-up.md)"
        return failure("record", f"{directory} cannot be written: {error.strerror}", fix)
    if directory.stat().st_mode & 0o007:
        fix = f"chmod 700 {directory}: the files in it hold whole listings"
        return warning("record", f"other users of this machine can read {directory}", fix)
    return None
