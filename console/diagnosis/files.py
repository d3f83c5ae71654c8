"""Checks the files that settings name: a worker does not start if one is missing or invalid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.apps import load_apps
from config.markets import load_markets
from config.settings import Settings, SettingsError
from console.diagnosis.finding import NO_WORKER, Finding, failure, ok
from relisting.table_file import BadFile
from worker.config_files import attribute_rules_file, error_codes_file, file_problem, mapping_file

FILES: tuple[tuple[str, str, Callable[[Path | None], Any], str], ...] = (
    ("mapping file", "mapping_file", mapping_file, "relist mapping check FILE shows every problem"),
    (
        "attribute rules",
        "attribute_rules_file",
        attribute_rules_file,
        "relist attribute-rules check FILE shows every problem",
    ),
    ("error codes", "error_codes_file", error_codes_file, "correct the file (docs/how-to/error-codes.md)"),
)


def check_files(settings: Settings) -> list[Finding]:
    """Return a finding for each file that is set."""
    findings = []
    for what, name, read, advice in FILES:
        path: Path | None = getattr(settings, name)
        if path is None:
            continue
        setting = f"RELIST_{name.upper()}"
        try:
            read(path)
        except BadFile as bad:
            fix = f"{advice}; or correct {setting}. {NO_WORKER}"
            findings.append(failure(what, file_problem(path, bad), fix, cause=name))
        else:
            findings.append(ok(what, f"{path} can be used"))
    for what, name, load in (
        ("markets file", "markets_file", lambda: load_markets(settings.markets_file)),
        ("apps file", "apps_file", lambda: load_apps(settings)),
    ):
        if getattr(settings, name) is None:
            continue
        try:
            load()
        except (SettingsError, OSError, ValueError) as bad:
            fix = f"correct the file or RELIST_{name.upper()}. {NO_WORKER}"
            findings.append(failure(what, str(bad), fix, cause=name))
        else:
            findings.append(ok(what, f"{getattr(settings, name)} can be used"))
    return findings
