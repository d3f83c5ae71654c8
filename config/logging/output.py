"""Writes log lines. Logging never raises: a line that cannot be written is counted instead.

A service whose log shipper has died, or whose disk is full, must keep working: an error raised by a log line between an
edit and its commit would repeat the edit.
"""

from __future__ import annotations

import logging
from typing import Any, TextIO

import structlog


class LogOutput:
    """Writes lines to a stream. Also structlog's logger factory and logger."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = 0
        """Lines that could not be rendered or written."""

    def __call__(self, *_: Any) -> LogOutput:
        return self

    def write(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self.lost += 1

    debug = info = warning = error = critical = exception = msg = write


class LogHandler(logging.Handler):
    """Sends records of the standard library's loggers to the same output."""

    def __init__(self, output: LogOutput) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            self._output.lost += 1
        else:
            self._output.write(line)


def never_raising(logger_class: type[Any], output: LogOutput) -> type[Any]:
    """A bound logger class like this one that counts a line as lost if rendering it fails."""

    class NeverRaising(logger_class):  # type: ignore[misc]
        def _proxy_to_logger(self, method: str, event: str | None = None, *args: Any, **fields: Any) -> Any:
            try:
                return super()._proxy_to_logger(method, event, *args, **fields)
            except Exception:
                output.lost += 1
                return None

    return NeverRaising


def lost_lines() -> int:
    """Lines that this process could not log; 0 if logging was not configured."""
    output = structlog.get_config()["logger_factory"]
    return output.lost if isinstance(output, LogOutput) else 0
