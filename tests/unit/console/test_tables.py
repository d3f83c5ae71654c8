"""Tables of many rows are printed without rich's layout, which takes seconds for ten thousand shops."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.table import Column
from rich.text import Text

from console import tables
from console.tables import MANY_ROWS, plain_table, print_table


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "Console", lambda: Console(force_terminal=True, width=80, color_system=None))


@pytest.mark.usefixtures("terminal")
def test_many_rows_on_a_terminal_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("shop", Column("left", justify="right"), "name")
    for number in range(MANY_ROWS):
        table.add_row(f"{number}", f"{number * 1000:,}", Text("鞋店 [bold]" if number % 2 else "shoes"))
    print_table(table, Text("2 shops are paused"))
    heading, line, first, second, *_, last, below = capsys.readouterr().out.rstrip("\n").split("\n")
    assert heading == "shop     left  name"
    assert line == "────  ───────  ───────────"
    assert first == "0           0  shoes"
    assert second == "1       1,000  鞋店 [bold]"
    assert last == "499   499,000  鞋店 [bold]"
    assert below.strip() == "2 shops are paused"


@pytest.mark.usefixtures("terminal")
def test_few_rows_on_a_terminal_are_laid_out_by_rich(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("shop", title="1 shop")
    table.add_row("[bold]7494[/bold]")
    print_table(table)
    assert [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip(" ─")] == [
        "1 shop",
        "shop",
        "7494",
    ]


def test_pipe_gets_rows_separated_by_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("shop", "name")
    table.add_row("7494", Text("a\nb"))
    print_table(table, Text("not printed"))
    assert capsys.readouterr().out == "shop\tname\n7494\ta b\n"
