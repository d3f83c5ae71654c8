"""The list of commands, their help texts and shell completion."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.table import Table

from console.commands.completion import SHELLS
from console.formatting import pluralize
from console.main import SECTIONS, main
from console.tables import print_table

ROOT = Path(__file__).parents[3]


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = list(commands(main))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_help_has_an_example(path: tuple[str, ...], command: click.Command) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert f"Example: relist {' '.join(path)}" in " ".join(result.output.split()), result.output


def test_contract_commands_exist() -> None:
    wanted = ["demo", "simulator", "worker", "gateway", "status", "plan", "apply", "retry", "undo", "upgrade"]
    wanted += [f"shops {name}" for name in ("add", "list", "pause", "resume", "limit", "remove")]
    wanted += ["enqueue search", "enqueue file", "enqueue ids", "worklist export", "worklist import"]
    assert set(wanted) <= {" ".join(path) for path, _ in ALL}


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_script_is_printed(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_RELIST_COMPLETE" in result.output


def test_every_command_is_listed_once_under_its_name() -> None:
    result = CliRunner().invoke(main, ["--help"]).output
    names = [name for section in SECTIONS.values() for name in section]
    assert len(names) == len(set(names))
    for name in names:
        assert main.commands[name].name == name
        assert f"\n  {name} " in result


def test_help_and_completion_load_no_command() -> None:
    """Importing all commands would take a second."""
    script = (
        "import sys; from console.main import main\n"
        "try: main(prog_name='relist')\n"
        "finally: print('aiohttp' in sys.modules)"
    )
    for arguments, environment in (
        (["--help"], {}),
        ([], {"_RELIST_COMPLETE": "bash_complete", "COMP_WORDS": "relist st", "COMP_CWORD": "1"}),
    ):
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True)
        assert "status" in done.stdout, done.stderr
        assert done.stdout.endswith("False\n")


def test_table_is_tab_separated_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("shop", "reason")
    table.add_row("7494000000000000001", "[bold red]parked[/]: a reason that is longer than eighty columns " * 2)
    print_table(table)
    head, row = capsys.readouterr().out.splitlines()
    assert head == "shop\treason"
    assert row.startswith("7494000000000000001\tparked: a reason that is longer")
    assert row.endswith("columns")


@pytest.mark.parametrize(("count", "text"), [(0, "0 shops"), (1, "1 shop"), (1200, "1,200 shops")])
def test_noun_is_pluralized(count: int, text: str) -> None:
    assert pluralize(count, "shop") == text


def test_no_summary_of_a_subcommand_is_cut_off() -> None:
    cut_off = []
    for name in (name for section in SECTIONS.values() for name in section):
        group = main.commands[name]
        if isinstance(group, click.Group):
            shown = CliRunner().invoke(main, [name, "--help"], terminal_width=80).output
            cut_off += [
                f"{name}: {line.strip()}" for line in shown.partition("Commands:")[2].splitlines() if "..." in line
            ]
    assert cut_off == []


@pytest.mark.parametrize("command", [("shops", "connect", "--no-wait"), ("shops", "add", "--shop-id", "1")])
def test_a_region_is_a_country_code(command: tuple[str, ...]) -> None:
    refused = CliRunner().invoke(main, [*command, "--region", "USA"])
    assert refused.exit_code == 1
    assert "--region: 'USA' must be a country code of two letters, such as US or ID" in refused.output
