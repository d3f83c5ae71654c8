"""structlog, as JSON lines for machines or coloured ones for people; secrets and personal data are cut out of both."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

from config.logging.redaction import mask_event


def configure_logging(log_format: str, log_level: str) -> None:
    """Standard error for all; the standard library's loggers (arq, aiohttp) go the same way."""
    for_people = log_format == "console"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if for_people else "iso", utc=not for_people),
        # Before the masking: what an exception says is searched too.
        structlog.processors.format_exc_info,
        mask_event,
    ]
    renderer: Any = structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event).decode())
    if for_people:
        shared.append(brief)
        # In the order they were given, and without colours in a file.
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            sort_keys=False,
            exception_formatter=structlog.dev.plain_traceback,
        )
    level = logging.getLevelNamesMapping()[log_level]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))


def brief(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor for people: without what says nothing."""
    empty = [name for name, value in event.items() if value is None or value == []]
    if event.get("job_id") == event.get("product_id"):
        empty.append("job_id")
    for name in empty:
        event.pop(name, None)
    return event
