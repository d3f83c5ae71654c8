"""Fails a test that prints or logs a secret: its output and that of its processes is searched.

The secrets are the simulator's tokens, codes and ciphers, whose form is unique, and its app secret. Processes inherit
standard error from the test, so a fleet's log is captured with the test's output. If a process writes to a file, the
file is searched, even if it was deleted before the test ended.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

SECRETS = re.compile(r"\bTT[PRA]_sim_\w+|\b(?:ROW|GCP)_sim\w+|(?<!demo-)\bsimulated-secret\b")

OWN_OUTPUT = "/simulator.log"
"""The simulator prints its app secret and tokens on purpose, for its users."""


@dataclass(slots=True)
class Watched:
    path: str
    descriptor: int | None
    """A separate descriptor, so that the file can be read after it was deleted. Open until the test ends."""
    read_to: int = 0


class ProcessOutputFiles:
    """The output files of processes, and the searched length of each."""

    def __init__(self) -> None:
        self._files: dict[tuple[int, int], Watched] = {}
        """By device and inode, because names are reused."""

    def watch(self, given: Any) -> None:
        """`given` is a process's standard output or error: a file, a descriptor, PIPE or None."""
        number = given.fileno() if hasattr(given, "fileno") else given
        if not isinstance(number, int) or number < 0 or not stat.S_ISREG(os.fstat(number).st_mode):
            return
        about, link = os.fstat(number), f"/proc/self/fd/{number}"
        if os.readlink(link).endswith(OWN_OUTPUT):
            return
        if (about.st_dev, about.st_ino) not in self._files:
            # Opened again instead of duplicated, for a separate read position.
            watched = Watched(os.readlink(link), os.open(link, os.O_RDONLY), about.st_size)
            self._files[about.st_dev, about.st_ino] = watched

    def written(self) -> Iterator[tuple[str, str]]:
        """Unsearched content of each file."""
        for key, file in list(self._files.items()):
            try:
                with open(os.dup(file.descriptor) if file.descriptor is not None else file.path, "rb") as opened:
                    opened.seek(file.read_to)
                    text = opened.read()
            except FileNotFoundError:
                del self._files[key]
                continue
            file.read_to += len(text)
            if text:
                yield f"file {file.path}", text.decode(errors="replace")

    def let_go(self) -> None:
        """Closes the descriptors. From now on, files that outlive their test are found by name."""
        for file in self._files.values():
            if file.descriptor is not None:
                os.close(file.descriptor)
                file.descriptor = None


FILES = ProcessOutputFiles()


def pytest_configure(config: pytest.Config) -> None:
    """Watches the output files of every process started from now on, including through asyncio."""
    started = subprocess.Popen.__init__

    def start(self: subprocess.Popen[Any], *arguments: Any, **options: Any) -> None:
        for name in ("stdout", "stderr"):
            FILES.watch(options.get(name))
        started(self, *arguments, **options)

    subprocess.Popen.__init__ = start  # type: ignore[method-assign]
    config.add_cleanup(lambda: setattr(subprocess.Popen, "__init__", started))


def secrets_in(sections: Iterable[tuple[str, str]]) -> list[str]:
    """The places of secrets in the text, without the secrets."""
    return [f"{title}: {found[0][:7]}..." for title, text in sections for found in SECRETS.finditer(text)]


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    sections = [*report.sections, *FILES.written()]
    if call.when == "teardown":
        FILES.let_go()
    if report.passed and (found := secrets_in(sections)):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} printed secrets ({call.when}): {', '.join(found[:5])}"
    return report
