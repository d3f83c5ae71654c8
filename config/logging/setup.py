"""Configures structlog: JSON lines, or coloured text for the console; both without secrets or personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

from config.logging.output import LogHandler, LogOutput, never_raising
from config.logging.redaction import mask_event
from config.logging.repeats import RepeatLimiter


def configure_logging(log_format: str, log_level: str) -> None:
    """Logs everything to standard error, including the standard library's loggers (arq, aiohttp)."""
    for_console = log_format == "console"
    output, repeats = LogOutput(sys.stderr), RepeatLimiter()
    rendering: list[Any] = [
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if for_console else "iso", utc=not for_console),
        # Before the masking, so that exception messages are masked too.
        structlog.processors.format_exc_info,
        mask_event,
    ]
    renderer: Any = structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event).decode())
    if for_console:
        rendering.append(brief)
        # Fields keep their order; a file gets no colours.
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            sort_keys=False,
            exception_formatter=structlog.dev.plain_traceback,
        )
    level = logging.getLevelNamesMapping()[log_level]
    adding = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level]
    structlog.configure(
        processors=[*adding, repeats.process, *rendering, renderer],
        wrapper_class=never_raising(structlog.make_filtering_bound_logger(level), output),
        logger_factory=output,
        cache_logger_on_first_use=True,
    )
    handler = LogHandler(output)
    handler.addFilter(repeats.filter)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*adding, *rendering],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))


def brief(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor for the console: drops empty and redundant fields."""
    empty = [name for name, value in event.items() if value is None or value == []]
    if event.get("job_id") == event.get("product_id"):
        empty.append("job_id")
    for name in empty:
        event.pop(name, None)
    return event
