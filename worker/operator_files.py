"""The files that an operator's settings name, opened once and watched while the worker runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from config.settings import Settings, SettingsError
from facts.error_codes import ErrorCodes
from facts.operator_file import MeasuredFacts
from http_server.readiness import Check
from relisting.attribute_rules import AttributeRules
from relisting.mapping import CategoryMapping
from relisting.table_file import BadFile
from worker.config_files import (
    WatchedFile,
    attribute_rules_file,
    error_codes_file,
    facts_file,
    file_problem,
    mapping_file,
)
from worker.problem_notes import file_check

T = TypeVar("T")
MAPPING, ATTRIBUTE_RULES = "RELIST_MAPPING_FILE", "RELIST_ATTRIBUTE_RULES_FILE"
ERROR_CODES, FACTS = "RELIST_ERROR_CODES_FILE", "RELIST_FACTS_FILE"


@dataclass(frozen=True, slots=True)
class OperatorFiles:
    mapping: WatchedFile[CategoryMapping]
    attribute_rules: WatchedFile[AttributeRules]
    error_codes: WatchedFile[ErrorCodes]
    facts: WatchedFile[MeasuredFacts]

    def checks(self) -> dict[str, Check]:
        """Return one check per file, which reports that its new version cannot be used."""
        return {
            "mapping_file": file_check(MAPPING, self.mapping),
            "attribute_rules_file": file_check(ATTRIBUTE_RULES, self.attribute_rules),
            "error_codes_file": file_check(ERROR_CODES, self.error_codes),
            "facts_file": file_check(FACTS, self.facts),
        }


def open_files(settings: Settings) -> OperatorFiles:
    """Raises SettingsError, which names the setting, the file and its first problems."""
    return OperatorFiles(
        _opened(MAPPING, settings.mapping_file, mapping_file),
        _opened(ATTRIBUTE_RULES, settings.attribute_rules_file, attribute_rules_file),
        _opened(ERROR_CODES, settings.error_codes_file, error_codes_file),
        _opened(FACTS, settings.facts_file, facts_file),
    )


def _opened(setting: str, path: Path | None, read: Callable[[Path | None], WatchedFile[T]]) -> WatchedFile[T]:
    try:
        return read(path)
    except BadFile as bad:
        raise SettingsError(f"{setting}: {file_problem(path, bad)}") from None
