"""Reports the bad rows of a mapping or attribute rules file as one command error."""

from __future__ import annotations

from collections.abc import Sequence

import click

from console.formatting import pluralize
from relisting.table_file import RowProblem


def rows_error(problems: Sequence[RowProblem]) -> click.ClickException:
    lines = "\n  ".join(str(problem) for problem in problems)
    if not any(problem.row for problem in problems):
        return click.ClickException(f"the file cannot be used: {lines}")
    return click.ClickException(f"{pluralize(len(problems), 'row')} cannot be used:\n  {lines}")
