"""The version of this process, with the commit of its image."""

from __future__ import annotations

import os
from importlib.metadata import version


def process_version() -> str:
    """Return for example `0.2.0` or `0.2.0+1a1dd1a`."""
    commit = os.environ.get("RELIST_COMMIT", "unknown")
    return version("tiktok-relist") + ("" if commit in ("", "unknown") else f"+{commit[:12]}")
