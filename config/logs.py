"""structlog, as JSON lines for machines or coloured ones for people; secrets are cut out whatever happens."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

SECRET_WORDS = ("token", "secret", "cipher", "authorization", "password", "sign")
KEPT = frozenset({"token_expires_in", "token_account"})


def drop_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last fence: a field whose name smells of a secret is never printed."""
    for name in event:
        lowered = name.lower()
        if lowered not in KEPT and any(word in lowered.split("_") for word in SECRET_WORDS):
            event[name] = "***"
    return event


def configure_logging(log_format: str, log_level: str) -> None:
    """Standard error for all; the standard library's loggers (arq, aiohttp) go the same way."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_secrets,
    ]
    if log_format == "json":
        renderer: Any = structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event).decode())
        shared.append(structlog.processors.format_exc_info)
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
