"""The bad rows of an operator's file, as one error of a command."""

from __future__ import annotations

import click

from console.formatting import pluralize
from relisting.table_file import RowProblem


def rows_refused(problems: list[RowProblem] | tuple[RowProblem, ...]) -> click.ClickException:
    lines = "\n  ".join(str(problem) for problem in problems)
    return click.ClickException(f"{pluralize(len(problems), 'row')} can not be used:\n  {lines}")
