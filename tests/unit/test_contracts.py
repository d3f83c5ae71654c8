"""The public contracts keep everything they had in 0.1.0: `frozen_contracts.json` is that version's copy.

Contracts may grow. A change of the frozen file is an incompatible change: a new major version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from config.settings import Settings
from console.main import main
from model.outcome import OUTCOME_NAMES, Outcome, Reason
from producers.feed_entry import ALLOWED_FIELDS
from shop_queue import keys

FROZEN: dict[str, Any] = json.loads((Path(__file__).parent / "frozen_contracts.json").read_text())
PRINT_JSON = (
    "shops connect",
    "runs",
    "cancel",
    "rollout list",
    "rollout release",
    "rollout stop",
    "report",
    "categories show",
    "categories export",
    "mapping suggest",
    "calibrate",
)
"""Commands added in 0.2; the contract promises `--json` for all of them."""
OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def leaf_commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            child = command.get_command(click.Context(command), name)
            assert child is not None
            yield from leaf_commands(child, (*path, name))
    else:
        yield " ".join(path), command


def test_every_command_keeps_its_options() -> None:
    current = {name: {each for one in command.params for each in one.opts} for name, command in leaf_commands(main)}
    missing = {
        f"{name} {option}".strip()
        for name, options in FROZEN["commands"].items()
        for option in options or [""]
        if name not in current or (option and option not in current[name])
    }
    assert not missing


def test_the_commands_of_the_second_design_print_json() -> None:
    options = {name: {each for one in command.params for each in one.opts} for name, command in leaf_commands(main)}
    assert not [name for name in PRINT_JSON if "--json" not in options[name]]


def test_every_setting_remains() -> None:
    assert set(FROZEN["settings"]) <= {f"RELIST_{name.upper()}" for name in Settings.model_fields}


def test_every_outcome_remains() -> None:
    assert set(FROZEN["outcomes"]) <= set(OUTCOME_NAMES)


def test_outcome_record_keeps_its_fields() -> None:
    reason = Reason("12052104", "The attribute is missing.", "seller")
    record = Outcome("needs_input", reasons=(reason,)).record(
        shop_id="1", product_id="2", run_id="", trace_id="", kind="relist", attempts=1, at=datetime.now(UTC)
    )
    assert set(FROZEN["outcome_fields"]) <= record.keys()
    assert set(FROZEN["reason_fields"]) <= record["reasons"][0].keys()


def test_intake_takes_every_field() -> None:
    for kind, fields in FROZEN["intake_fields"].items():
        assert set(fields) <= ALLOWED_FIELDS[kind], kind


def test_streams_keep_their_names() -> None:
    assert set(FROZEN["streams"]) == {keys.INTAKE, keys.INTAKE_REJECTED, keys.OUTCOMES}


def test_http_routes_remain() -> None:
    paths = yaml.safe_load(OPENAPI.read_text())["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert set(FROZEN["http"]) <= routes
