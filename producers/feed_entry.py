"""What another system may ask for, checked field by field at the border. Pure; contract 3.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from shop_queue.job import Job
from shop_queue.lanes import Addition

FEED_KINDS = ("relist", "search")
MOST_JOBS = 1000
TEXTS = ("category_id", "brand_id", "origin_category", "run_id", "trace_id")
KNOWN = frozenset({"kind", "shop_id", "product_id", "filter", "attributes", "priority", "dry_run", *TEXTS})


class BadJob(ValueError):
    """`str()` says which field, and why."""


def parse_entry(fields: Mapping[bytes, bytes]) -> list[Addition | BadJob]:
    """One stream entry: `job` with an object, or `jobs` with an array; each job on its own. Raises BadJob."""
    name, several = (b"jobs", True) if b"jobs" in fields else (b"job", False)
    if name not in fields:
        raise BadJob("job: the entry has neither a field `job` nor a field `jobs`")
    try:
        body = orjson.loads(fields[name])
    except orjson.JSONDecodeError as error:
        raise BadJob(f"{name.decode()}: not JSON ({error})") from None
    if not several:
        body = [body]
    if not isinstance(body, list):
        raise BadJob("jobs: not an array")
    if len(body) > MOST_JOBS:
        raise BadJob(f"jobs: {len(body)} jobs, at most {MOST_JOBS} in an entry")
    parsed: list[Addition | BadJob] = []
    for index, each in enumerate(body):
        try:
            parsed.append(Addition(parse_job(each)))
        except BadJob as problem:
            parsed.append(BadJob(f"jobs[{index}].{problem}") if several else problem)
    return parsed


def parse_job(body: Any) -> Job:
    """Raises BadJob."""
    if not isinstance(body, Mapping):
        raise BadJob("job: not an object")
    unknown = sorted(set(body) - KNOWN)
    if unknown:
        raise BadJob(f"{unknown[0]}: unknown field")
    kind = body.get("kind", "relist")
    if kind not in FEED_KINDS:
        raise BadJob(f"kind: {kind!r} is not one of {', '.join(FEED_KINDS)}")
    shop_id = _identity(body, "shop_id")
    texts = {name: _text(body, name) for name in TEXTS}
    priority = body.get("priority", "normal")
    if priority not in ("normal", "urgent"):
        raise BadJob("priority: neither normal nor urgent")
    dry_run = body.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise BadJob("dry_run: neither true nor false")
    search = body.get("filter")
    if search is not None and (kind != "search" or not isinstance(search, dict)):
        raise BadJob("filter: not an object" if kind == "search" else "filter: belongs to a search only")
    return Job(
        shop_id,
        f"search:{texts['run_id'] or 'all'}" if kind == "search" else _identity(body, "product_id"),
        kind,
        priority,
        category_id=texts["category_id"],
        brand_id=texts["brand_id"],
        attributes=_attributes(body.get("attributes")),
        origin_category=texts["origin_category"],
        dry_run=dry_run,
        run_id=texts["run_id"],
        trace_id=texts["trace_id"],
        filter=search,
    )


def _identity(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        raise BadJob(f"{name}: missing")
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 24:
        raise BadJob(f"{name}: not a string of digits")
    return value


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 500:
        raise BadJob(f"{name}: not a text of at most 500 characters")
    return value


def _attributes(value: Any) -> tuple[dict[str, Any], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadJob("attributes: not an array")
    for index, each in enumerate(value):
        values = each.get("values") if isinstance(each, dict) else None
        if not isinstance(values, list) or not isinstance(each.get("id"), str):
            raise BadJob(f"attributes[{index}]: needs an id and an array of values")
        if not all(isinstance(one, dict) and (one.get("id") or one.get("name")) for one in values):
            raise BadJob(f"attributes[{index}].values: each needs an id or a name")
    return tuple({"id": each["id"], "values": each["values"]} for each in value)
