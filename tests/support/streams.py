"""Runs commands with damaged standard streams, each in a fork, since starting a process takes a second of CPU.

A script: reads `[[stream, arguments], ...]` from the first file, and writes `[code, stderr]` of each to the second.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.support.commands_inside import import_everything

SECONDS = 10


def closed(number: int, name: str) -> None:
    os.close(number)
    setattr(sys, name, None)


def replaced(number: int, name: str, path: str, mode: str) -> None:
    descriptor = os.open(path, os.O_RDONLY if mode == "r" else os.O_WRONLY)
    os.dup2(descriptor, number)
    setattr(sys, name, os.fdopen(number, mode, closefd=False))


def broken_pipe() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 1)
    sys.stdout = os.fdopen(1, "w", closefd=False)


def plain_ascii() -> None:
    """The locale C without Python's UTF-8 mode."""
    for name in ("stdout", "stderr"):
        number = getattr(sys, name).fileno()
        setattr(sys, name, io.TextIOWrapper(os.fdopen(number, "wb", closefd=False), encoding="ascii", errors="strict"))


def all_closed() -> None:
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        closed(number, name)


STREAMS: dict[str, Callable[[], None]] = {
    "closed stdout": lambda: closed(1, "stdout"),
    "full stdout": lambda: replaced(1, "stdout", "/dev/full", "w"),
    "closed stderr": lambda: closed(2, "stderr"),
    "closed stdin": lambda: closed(0, "stdin"),
    "endless stdin": lambda: replaced(0, "stdin", "/dev/zero", "r"),
    "binary stdin": lambda: replaced(0, "stdin", sys.executable, "r"),
    "broken pipe": broken_pipe,
    "ascii": plain_ascii,
    "all closed": all_closed,
}


def run(stream: str, arguments: list[str]) -> tuple[int, str]:
    """Returns the exit code and the standard error; -14 is a command that does not end."""
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            for number, file in ((1, output), (2, errors)):
                os.dup2(file.fileno(), number)
            replaced(0, "stdin", "/dev/null", "r")
            STREAMS[stream]()
            from console.main import main

            sys.argv = ["relist", *arguments]
            code = 0
            try:
                main()
            except SystemExit as exit_:
                code = exit_.code if isinstance(exit_.code, int) else 1
            except BaseException:
                import traceback

                os.write(errors.fileno(), traceback.format_exc().encode())
                code = 70
            try:
                for each in (sys.stdout, sys.stderr):
                    if each is not None:
                        each.flush()
            except OSError:
                os.write(errors.fileno(), b"Traceback: output left over at the end\n")
            os._exit(code)
        _, status = os.waitpid(child, 0)
        errors.seek(0)
        return os.waitstatus_to_exitcode(status), errors.read().decode(errors="replace")


def start() -> None:
    import_everything()
    wanted, results = Path(sys.argv[1]), Path(sys.argv[2])
    found = []
    for each in json.loads(wanted.read_text()):
        found.append(run(*each))
        results.write_text(json.dumps(found))


if __name__ == "__main__":
    start()
