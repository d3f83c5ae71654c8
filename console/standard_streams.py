"""Makes commands end with one line and an exit code, whatever happens to their standard streams."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator


def open_missing_streams() -> None:
    """Replace standard streams that were closed when the process started (`>&-`).

    The descriptors are occupied too; otherwise the next socket could become standard output. Writing to a closed
    standard output or error fails, and reading from a closed standard input finds its end.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        try:
            os.fstat(number)
        except OSError:
            # It is opened for reading only, so that writing to standard output is an error.
            opened = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # Input may not be text, and titles contain characters that a terminal's encoding may lack.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors of input and output, and exhausted memory, into one line on standard error and exit code 1."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        raise SystemExit(1) from None
    except OSError as problem:
        _discard_output()
        _fail(_description(problem))
    except MemoryError:
        _fail("there is not enough memory")


def _description(problem: OSError) -> str:
    reason = problem.strerror or str(problem) or type(problem).__name__
    if problem.filename is not None:
        return f"{problem.filename}: {reason}"
    on_output = problem.errno in (errno.EBADF, errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT)
    return f"cannot write the output: {reason}" if on_output else reason


def _discard_output() -> None:
    """Redirect standard output to the null device, so that the interpreter's last flush does not fail again."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def _fail(message: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"Error: {message}\n")
        sys.stderr.flush()
    raise SystemExit(1) from None
