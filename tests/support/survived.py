"""Results of the fault suite, for docs/reliability.md.

When RELIST_RELIABILITY names a directory, each passing test leaves one file there, from which
`tests/support/reliability_page.py` builds the page. Otherwise nothing is written.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import orjson

VARIABLE = "RELIST_RELIABILITY"
Figure = str | int | float


class Survived:
    """Call at the end of a test: `survived("Redis is killed", promise="resumes within 5 s", resumed_seconds=1.2)`."""

    def __init__(self, test: str) -> None:
        self._test = test

    def __call__(self, fault: str, *, promise: str, **figures: Figure) -> None:
        """`fault`: a row of the page. `promise`: the invariant. `figures`: measurements, with units in
        their names (`_seconds`, `_bytes`)."""
        directory = os.environ.get(VARIABLE)
        if directory is None:
            return
        found = {
            "test": self._test,
            "fault": fault,
            "promise": promise,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "figures": {
                name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()
            },
        }
        name = re.sub(r"\W+", "-", f"{self._test} {fault}").strip("-")[:150]
        Path(directory).mkdir(parents=True, exist_ok=True)
        (Path(directory) / f"{name}.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
