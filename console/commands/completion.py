"""`relist completion`: print the script that lets a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    Example: relist completion bash > ~/.local/share/bash-completion/completions/relist
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"there is no completion for {shell}")
    root = click.get_current_context().find_root()
    click.echo(kind(root.command, {}, "relist", "_RELIST_COMPLETE").source())
