"""Logging never raises, and repeated lines are limited."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.logging.output import LogHandler, LogOutput, lost_lines, never_raising
from config.logging.repeats import MAX_KEYS, MAX_PER_WINDOW, WINDOW_SECONDS, RepeatLimiter


class Full(io.StringIO):
    """A full disk, or a pipe whose reader has died."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.fixture(autouse=True)
def restore_structlog() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def configure(output: LogOutput, *processors: structlog.types.Processor) -> structlog.stdlib.BoundLogger:
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        wrapper_class=never_raising(structlog.make_filtering_bound_logger(logging.INFO), output),
        logger_factory=output,
    )
    log: structlog.stdlib.BoundLogger = structlog.get_logger("test")
    return log


def test_a_line_that_cannot_be_written_is_counted() -> None:
    log = configure(LogOutput(Full()))
    for level in ("info", "warning", "error", "exception", "critical"):
        getattr(log, level)("job_done")
    assert lost_lines() == 5


def test_a_processor_that_fails_is_counted() -> None:
    def fails(*_: object) -> structlog.types.EventDict:
        raise TypeError("a bug in a processor")

    configure(LogOutput(io.StringIO()), fails).info("job_done")
    assert lost_lines() == 1


def test_lines_of_the_standard_library_are_counted_too() -> None:
    output = LogOutput(Full())
    LogHandler(output).handle(logging.LogRecord("asyncio", logging.ERROR, "", 0, "accept failed", (), None))
    LogHandler(output).handle(logging.LogRecord("asyncio", logging.ERROR, "", 0, "wrong %d", ("text",), None))
    assert output.lost == 2


def test_identical_warnings_are_limited_and_counted() -> None:
    now, stream = [0.0], io.StringIO()
    repeats = RepeatLimiter(lambda: now[0])
    log = configure(LogOutput(stream), structlog.processors.add_log_level, repeats.process)
    for _ in range(1000):
        log.warning("redis_unavailable", error="ConnectionError")
    log.warning("redis_unavailable", error="TimeoutError")
    for n in range(100):
        log.info("job_done", product_id=str(n))
    assert stream.getvalue().count("ConnectionError") == MAX_PER_WINDOW
    assert stream.getvalue().count("TimeoutError") == 1
    assert stream.getvalue().count("job_done") == 100, "lines about work are never limited"
    now[0] += WINDOW_SECONDS
    log.warning("redis_unavailable", error="ConnectionError")
    assert f'"suppressed": {1000 - MAX_PER_WINDOW}' in stream.getvalue()


def test_the_limiter_remembers_a_bounded_number_of_lines() -> None:
    repeats = RepeatLimiter(lambda: 0.0)
    for n in range(3 * MAX_KEYS):
        assert repeats.admit(n) == 0
    assert len(repeats._windows) == MAX_KEYS
