"""An app of Partner Center: the key and secret that sign its requests."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class App:
    key: str
    secret: str = field(repr=False)
    name: str = ""
    """In RELIST_APPS_FILE; empty for the app of RELIST_APP_KEY."""
