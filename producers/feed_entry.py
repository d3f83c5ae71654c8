"""Parses and checks the jobs other systems feed over Redis (contract 3.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from model.job import Job, JobKind
from model.search_id import search_job_id
from producers.origin import checked_origin
from shop_queue.producer import EnqueueRequest

FEED_KINDS: tuple[JobKind, ...] = ("relist", "list", "search", "upgrade")
MAX_JOBS = 1000
TEXT_FIELDS = ("category_id", "brand_id", "origin_category", "run_id", "trace_id")
ID_FIELDS = ("category_id", "brand_id")
COMMON = frozenset({"kind", "shop_id", "priority", "run_id", "trace_id"})
HINTS = frozenset({"category_id", "brand_id", "attributes", "origin_category", "origin", "dry_run"})
ALLOWED_FIELDS: dict[JobKind, frozenset[str]] = {
    "relist": COMMON | HINTS | {"product_id"},
    "list": COMMON | HINTS | {"product", "external_id"},
    "search": COMMON | {"filter", "dry_run"},
    "upgrade": COMMON,
}
REPORTED_FIELDS = frozenset({"entry", "job", "jobs"}).union(*ALLOWED_FIELDS.values())
"""Field names allowed as metric labels."""
MAX_EXTERNAL_ID = 999
MAX_ENTRY_BYTES = 4 * 1024 * 1024
"""Larger entries are not parsed, because a few bytes of JSON can occupy a hundred bytes of memory."""
MAX_PRODUCT_BYTES = 1_000_000
"""Largest product body as JSON. The largest bodies seen on the platform are a tenth as large."""
MAX_FILTER_BYTES = 10_000
MAX_DEPTH = 32
"""Levels of objects and arrays in a product or a filter. orjson cannot serialise more than 254."""
MAX_TEXT = 500
MAX_ATTRIBUTES = 500
MAX_VALUES = 500
"""Maximum number of values of one attribute."""
MAX_SHOWN = 60
"""Length to which error messages truncate a bad value."""


class BadJob(ValueError):
    """A job that cannot be accepted. `str()` names the field and the reason."""


def parse_entry(fields: Mapping[bytes, bytes] | Sequence[tuple[bytes, bytes]]) -> list[EnqueueRequest | BadJob]:
    """Parse `job` (an object) or `jobs` (an array). Jobs are checked independently; other fields are ignored.

    Returns one result per job. Raises BadJob if the entry as a whole cannot be read.
    """
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    given = [(name, value) for name, value in pairs if name in (b"job", b"jobs")]
    if not given:
        raise BadJob("job: the entry has no field `job` or `jobs`")
    if len(given) > 1:
        raise BadJob("job: the entry has more than one field `job` or `jobs`; send exactly one")
    name, value = given[0][0].decode(), given[0][1]
    if len(value) > MAX_ENTRY_BYTES:
        raise BadJob(f"{name}: {len(value):,} bytes exceed the limit of {MAX_ENTRY_BYTES:,}; feed fewer jobs per entry")
    try:
        body = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise BadJob(f"{name}: not JSON ({error})") from None
    if name == "job":
        return [EnqueueRequest(parse_job(body))]
    if not isinstance(body, list):
        raise BadJob("jobs: must be an array")
    if not body:
        raise BadJob("jobs: must not be empty")
    if len(body) > MAX_JOBS:
        raise BadJob(f"jobs: {len(body)} jobs exceed the limit of {MAX_JOBS} per entry")
    parsed: list[EnqueueRequest | BadJob] = []
    for index, each in enumerate(body):
        try:
            parsed.append(EnqueueRequest(parse_job(each)))
        except BadJob as problem:
            parsed.append(BadJob(f"jobs[{index}].{problem}"))
    return parsed


def parse_job(body: Any) -> Job:
    """Build a job from a decoded JSON object. Raises BadJob."""
    if not isinstance(body, Mapping):
        raise BadJob("job: must be an object")
    # Many serialisers write null for absent fields.
    body = {name: value for name, value in body.items() if value is not None}
    kind = body.get("kind", "relist")
    if kind not in FEED_KINDS:
        raise BadJob(f"kind: {_shown(kind)} is not one of {', '.join(FEED_KINDS)}")
    for name in sorted(body):
        if name not in ALLOWED_FIELDS[kind]:
            known = any(name in names for names in ALLOWED_FIELDS.values())
            raise BadJob(f"{_shown(name)}: {'not allowed for kind ' + kind if known else 'unknown field'}")
    shop_id = _id(body, "shop_id")
    texts = {name: _text(body, name) for name in TEXT_FIELDS}
    texts |= {name: _id(body, name) for name in ID_FIELDS if body.get(name) not in (None, "")}
    priority = body.get("priority", "normal")
    if priority not in ("normal", "urgent"):
        raise BadJob("priority: must be 'normal' or 'urgent'")
    dry_run = body.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise BadJob("dry_run: must be true or false")
    search = body.get("filter")
    if search is not None:
        if not isinstance(search, dict):
            raise BadJob("filter: must be an object")
        _check_bounds(search, "filter", MAX_FILTER_BYTES)
    try:
        origin = checked_origin(body.get("origin"))
    except ValueError as problem:
        raise BadJob(str(problem)) from None
    external_id = _external_id(body) if kind == "list" else ""
    return Job(
        shop_id,
        _job_id(kind, body, external_id, texts["run_id"], search),
        kind,
        priority,
        category_id=texts["category_id"],
        brand_id=texts["brand_id"],
        attributes=_attributes(body.get("attributes")),
        origin_category=texts["origin_category"] or _own_path(origin),
        origin=origin,
        dry_run=dry_run,
        run_id=texts["run_id"],
        trace_id=texts["trace_id"],
        external_id=external_id,
        product=_product(body) if kind == "list" else None,
        filter=search,
    )


def _own_path(origin: Mapping[str, Any] | None) -> str:
    """The category path of `origin`, which the mapping file may map."""
    return str(((origin or {}).get("category") or {}).get("full_name") or "")


def _job_id(
    kind: JobKind, body: Mapping[str, Any], external_id: str, run_id: str, search: Mapping[str, Any] | None
) -> str:
    """Return the ID that identifies the job within its shop."""
    match kind:
        case "list":
            return f"list:{external_id}"
        case "search":
            return search_job_id(run_id, search)
        case "upgrade":
            return "upgrade"
        case _:
            return _id(body, "product_id")


def _external_id(body: Mapping[str, Any]) -> str:
    value = body.get("external_id")
    if value is None:
        raise BadJob("external_id: missing")
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_EXTERNAL_ID or not value.isprintable():
        raise BadJob(f"external_id: must be a printable string of 1 to {MAX_EXTERNAL_ID} characters")
    return value


def _product(body: Mapping[str, Any]) -> dict[str, Any]:
    product = body.get("product")
    if not isinstance(product, dict):
        raise BadJob("product: missing" if product is None else "product: must be an object")
    for name, kind in (("title", str), ("description", str), ("main_images", list), ("skus", list)):
        if not isinstance(product.get(name), kind):
            raise BadJob(f"product.{name}: missing" if name not in product else f"product.{name}: has the wrong type")
    _check_bounds(product, "product", MAX_PRODUCT_BYTES)
    for name, inner in (
        ("main_images", ()),
        ("skus", ("sales_attributes", "inventory")),
        ("product_attributes", ("values",)),
    ):
        _check_objects(product, name, f"product.{name}", inner)
    return product


def _check_bounds(value: dict[str, Any], name: str, max_bytes: int) -> None:
    """Raise BadJob if `value` is nested too deeply or too large."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [one for few in inner for one in few]
        if not level:
            break
    else:
        raise BadJob(f"{name}: nested more than {MAX_DEPTH} levels deep")
    if len(orjson.dumps(value)) > max_bytes:
        raise BadJob(f"{name}: more than {max_bytes:,} bytes")


def _check_objects(body: Mapping[str, Any], name: str, path: str, inner: tuple[str, ...] = ()) -> None:
    """Raise BadJob unless the field is absent or an array of objects, and so are the `inner` fields of each object."""
    value = body.get(name)
    if value is None:
        return
    if not isinstance(value, list):
        raise BadJob(f"{path}: must be an array")
    for index, each in enumerate(value):
        if not isinstance(each, dict):
            raise BadJob(f"{path}[{index}]: must be an object")
        for field in inner:
            _check_objects(each, field, f"{path}[{index}].{field}")


def field_of(problem: str) -> str:
    """The field that a rejection names: `jobs[3].shop_id: must be ...` -> `shop_id`; `other` for an unknown one."""
    place = problem.partition(":")[0]
    _, separator, within = place.partition("].")
    name = re.split(r"[.\[ ]", within if separator and place.startswith("jobs[") else place, maxsplit=1)[0]
    return name if name in REPORTED_FIELDS else "other"


def _id(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        raise BadJob(f"{name}: missing")
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 24:
        raise BadJob(f"{name}: must be a string of at most 24 digits")
    return value


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise BadJob(f"{name}: must be a string of at most {MAX_TEXT} characters")
    return value


def _attributes(value: Any) -> tuple[dict[str, Any], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_ATTRIBUTES:
        raise BadJob(f"attributes: must be an array of at most {MAX_ATTRIBUTES}")
    return tuple(_attribute(each, f"attributes[{index}]") for index, each in enumerate(value))


def _attribute(answer: Any, path: str) -> dict[str, Any]:
    """Copy only the fields of the contract, because the values go into an edit unchanged."""
    values = answer.get("values") if isinstance(answer, dict) else None
    if not isinstance(values, list) or not _is_short_text(answer.get("id")):
        raise BadJob(f"{path}: needs an id and an array of values")
    if len(values) > MAX_VALUES:
        raise BadJob(f"{path}.values: more than {MAX_VALUES}")
    checked = []
    for value in values:
        given = {name: value[name] for name in ("id", "name") if value.get(name)} if isinstance(value, dict) else {}
        if not given or not all(map(_is_short_text, given.values())):
            raise BadJob(f"{path}.values: each needs an id or a name, a string of at most {MAX_TEXT} characters")
        checked.append(given)
    return {"id": answer["id"], "values": checked}


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT


def _shown(value: Any) -> str:
    """Truncate a value for an error message. Values that are not strings are shown as their type; they may be large."""
    if not isinstance(value, str):
        return f"a value of type {type(value).__name__}"
    return value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}..."
