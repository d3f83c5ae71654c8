"""The job id of a search. Two searches of one run with different filters are two jobs."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

DIGEST_CHARACTERS = 12


def search_job_id(run_id: str, search_filter: Mapping[str, Any] | None) -> str:
    """Return `search:<run id>` for a search over everything, else with a digest of the filter."""
    name = f"search:{run_id or 'all'}"
    if not search_filter or search_filter == {"category_version": "v1"}:
        return name
    digest = sha256(orjson.dumps(search_filter, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"{name}:{digest[:DIGEST_CHARACTERS]}"
