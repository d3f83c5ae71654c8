"""Every command explains itself in one style."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from console.completion import SHELLS
from console.main import main


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = list(commands(main))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_help_has_an_example(path: tuple[str, ...], command: click.Command) -> None:
    told = CliRunner().invoke(main, [*path, "--help"])
    assert told.exit_code == 0
    assert f"Example: relist {' '.join(path)}" in " ".join(told.output.split()), told.output


def test_the_commands_of_the_contract_are_there() -> None:
    wanted = ["demo", "simulator", "worker", "gateway", "status", "plan", "apply", "retry", "undo", "upgrade"]
    wanted += [f"shops {name}" for name in ("add", "list", "pause", "resume", "limit", "remove")]
    wanted += ["enqueue search", "enqueue file", "enqueue ids", "worklist export", "worklist import"]
    assert set(wanted) <= {" ".join(path) for path, _ in ALL}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_is_told_how_to_complete(shell: str) -> None:
    told = CliRunner().invoke(main, ["completion", shell])
    assert told.exit_code == 0
    assert "_RELIST_COMPLETE" in told.output
