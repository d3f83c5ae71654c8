"""Collects the results of `relist shops connect`, for people or as JSON."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import click
import orjson

from authorisation.connector import Connected, ConsentFailed
from authorisation.wording import as_json, shop_lines
from console.formatting import pluralize


class ConnectionReport:
    def __init__(self, json_output: bool) -> None:
        self._json = json_output
        self.shop_ids: list[str] = []
        """Shops connected so far."""
        self._consents: list[dict[str, Any]] = []
        self._failed: list[dict[str, str]] = []
        self._problems = 0

    async def add(self, where: str, connecting: Awaitable[Connected]) -> None:
        """Wait for one consent and report it. `where`: its place in a file, or an empty string. Raises RedisError."""
        try:
            connected = await connecting
        except ConsentFailed as failed:
            self.fail(where, str(failed))
            return
        self.shop_ids += [each.shop.shop_id for each in connected.shops]
        self._consents.append(as_json(connected))
        self.show(shop_lines(connected), connected.problems)

    def show(self, shops: list[str] | tuple[str, ...], problems: tuple[str, ...]) -> None:
        self._problems += len(problems)
        if self._json:
            return
        for line in shops:
            click.echo(line)
        for problem in problems:
            click.echo(problem, err=True)

    def fail(self, where: str, problem: str) -> None:
        self._failed.append({"where": where, "problem": problem})
        if not self._json:
            click.echo(f"{where}: {problem}" if where else f"Error: {problem}", err=True)

    def end(self) -> None:
        """Print the sum. Raises Exit(1) if anything was not connected or not verified."""
        if self._json:
            click.echo(orjson.dumps({"consents": self._consents, "failed": self._failed}).decode())
        elif len(self._consents) + len(self._failed) > 1:
            failed = f", {pluralize(len(self._failed), 'entry', 'entries')} failed" if self._failed else ""
            click.echo(f"{pluralize(len(self.shop_ids), 'shop')} connected{failed}")
        if self._failed or self._problems:
            raise click.exceptions.Exit(1)
