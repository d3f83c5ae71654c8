"""What another system may ask for, checked field by field at the border. Pure; contract 3.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from shop_queue.job import Job, Kind
from shop_queue.lanes import Addition

FEED_KINDS: tuple[Kind, ...] = ("relist", "list", "search", "upgrade")
MOST_JOBS = 1000
TEXTS = ("category_id", "brand_id", "origin_category", "run_id", "trace_id")
COMMON = frozenset({"kind", "shop_id", "priority", "run_id", "trace_id"})
HINTS = frozenset({"category_id", "brand_id", "attributes", "origin_category", "dry_run"})
TAKES: dict[Kind, frozenset[str]] = {
    "relist": COMMON | HINTS | {"product_id"},
    "list": COMMON | HINTS | {"product", "external_id"},
    "search": COMMON | {"filter", "dry_run"},
    "upgrade": COMMON,
}
LONGEST_EXTERNAL_ID = 999
LARGEST_PRODUCT = 1_000_000
"""Bytes of JSON; the platform's largest real bodies are a tenth of it."""


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
    kind = body.get("kind", "relist")
    if kind not in FEED_KINDS:
        raise BadJob(f"kind: {kind!r} is not one of {', '.join(FEED_KINDS)}")
    for name in sorted(map(str, body)):
        if name not in TAKES[kind]:
            known = any(name in names for names in TAKES.values())
            raise BadJob(f"{name}: {'does not belong to kind ' + kind if known else 'unknown field'}")
    shop_id = _identity(body, "shop_id")
    texts = {name: _text(body, name) for name in TEXTS}
    priority = body.get("priority", "normal")
    if priority not in ("normal", "urgent"):
        raise BadJob("priority: neither normal nor urgent")
    dry_run = body.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise BadJob("dry_run: neither true nor false")
    search = body.get("filter")
    if search is not None and not isinstance(search, dict):
        raise BadJob("filter: not an object")
    external_id = _external_id(body) if kind == "list" else ""
    return Job(
        shop_id,
        _job_id(kind, body, external_id, texts["run_id"]),
        kind,
        priority,
        category_id=texts["category_id"],
        brand_id=texts["brand_id"],
        attributes=_attributes(body.get("attributes")),
        origin_category=texts["origin_category"],
        dry_run=dry_run,
        run_id=texts["run_id"],
        trace_id=texts["trace_id"],
        external_id=external_id,
        product=_product(body) if kind == "list" else None,
        filter=search,
    )


def _job_id(kind: Kind, body: Mapping[str, Any], external_id: str, run_id: str) -> str:
    """What a job is told from others of its shop by."""
    match kind:
        case "list":
            return f"list:{external_id}"
        case "search":
            return f"search:{run_id or 'all'}"
        case "upgrade":
            return "upgrade"
        case _:
            return _identity(body, "product_id")


def _external_id(body: Mapping[str, Any]) -> str:
    value = body.get("external_id")
    if value is None:
        raise BadJob("external_id: missing")
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_EXTERNAL_ID or not value.isprintable():
        raise BadJob(f"external_id: not a text of 1 to {LONGEST_EXTERNAL_ID} characters")
    return value


def _product(body: Mapping[str, Any]) -> dict[str, Any]:
    product = body.get("product")
    if not isinstance(product, dict):
        raise BadJob("product: missing" if product is None else "product: not an object")
    for name, kind in (("title", str), ("description", str), ("main_images", list), ("skus", list)):
        if not isinstance(product.get(name), kind):
            raise BadJob(f"product.{name}: missing" if name not in product else f"product.{name}: of the wrong type")
    for name, inner in (
        ("main_images", ()),
        ("skus", ("sales_attributes", "inventory")),
        ("product_attributes", ("values",)),
    ):
        _objects(product, name, f"product.{name}", inner)
    if len(orjson.dumps(product)) > LARGEST_PRODUCT:
        raise BadJob(f"product: more than {LARGEST_PRODUCT:,} bytes")
    return product


def _objects(body: Mapping[str, Any], name: str, path: str, inner: tuple[str, ...] = ()) -> None:
    """Raises BadJob unless the field is absent or an array of objects, and so are the named fields of each."""
    value = body.get(name)
    if value is None:
        return
    if not isinstance(value, list):
        raise BadJob(f"{path}: not an array")
    for index, each in enumerate(value):
        if not isinstance(each, dict):
            raise BadJob(f"{path}[{index}]: not an object")
        for field in inner:
            _objects(each, field, f"{path}[{index}].{field}")


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
