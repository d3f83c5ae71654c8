"""Groups commands into help sections and loads each command on first use."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from console.standard_streams import one_line_errors, open_missing_streams

EXAMPLE = "Example: "


@dataclass(frozen=True, slots=True)
class LazyCommand:
    where: str
    """`module:name`. Importing all commands would add a second to every command and completion."""
    about: str
    """One line for the list of commands."""


class _LoadedCommands(MutableMapping[str, click.Command]):
    def __init__(self, entries: Mapping[str, LazyCommand]) -> None:
        self._entries = entries
        self._commands: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._commands:
            module, _, attribute = self._entries[name].where.partition(":")
            with _no_collections():
                self._commands[name] = with_example(getattr(import_module(module), attribute))
        return self._commands[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Pause the cycle collector, which takes a tenth of the import time: nearly all allocations of an import stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class LazyGroup(click.Group):
    """A command group that loads each command on first use."""

    def __init__(self, entries: Mapping[str, LazyCommand], **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.entries = entries
        self.commands = _LoadedCommands(entries)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.about) for name, entry in self.entries.items()])


class Sections(click.Group):
    """A command group. `sections` maps heading -> command name -> where the command is."""

    def __init__(self, sections: Mapping[str, Mapping[str, LazyCommand]], **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.sections = sections
        self.entries = {name: entry for section in sections.values() for name, entry in section.items()}
        self.commands = _LoadedCommands(self.entries)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line. Problems of the standard streams do not cause tracebacks."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        open_missing_streams()
        with one_line_errors():
            return super().main(args, prog_name, complete_var, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.entries))
        for heading, section in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), entry.about) for name, entry in section.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete command names without loading the commands."""
        found = [
            CompletionItem(name, help=entry.about)
            for name, entry in self.entries.items()
            if name.startswith(incomplete)
        ]
        return found or click.Command.shell_complete(self, ctx, incomplete)


def with_example(command: click.Command) -> click.Command:
    """Move the example at the end of a help text below the options, on a separate line."""
    if isinstance(command, click.Group) and not isinstance(command, LazyGroup):
        for each in command.commands.values():
            with_example(each)
    text, found, example = (command.help or "").partition(EXAMPLE)
    if found:
        command.help = text.rstrip()
        command.epilog = f"\b\nExample:\n  {' '.join(example.split())}"
    return command
