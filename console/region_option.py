"""The option --region of commands: a country code, in capitals."""

from __future__ import annotations

import click


def country_code(context: click.Context, option: click.Parameter, value: str) -> str:
    """Callback of the option: `USA` would silently select the wrong consent page. Raises ClickException."""
    if value and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise click.ClickException(f"--region: {value!r} must be a country code of two letters, such as US or ID")
    return value.upper()
