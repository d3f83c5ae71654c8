"""structlog, as JSON lines for machines or coloured ones for people; secrets and personal data are cut out of both."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import structlog

from config.log_masking import mask_event


def configure_logging(log_format: str, log_level: str) -> None:
    """Standard error for all; the standard library's loggers (arq, aiohttp) go the same way."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Before the masking: what an exception says is searched too.
        structlog.processors.format_exc_info,
        mask_event,
    ]
    if log_format == "json":
        renderer: Any = structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event).decode())
    else:
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
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
