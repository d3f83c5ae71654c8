"""What another system may ask for, checked field by field at the border. Pure; contract 3.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from model.job import Job, JobKind
from shop_queue.producer import EnqueueRequest

FEED_KINDS: tuple[JobKind, ...] = ("relist", "list", "search", "upgrade")
MOST_JOBS = 1000
TEXTS = ("category_id", "brand_id", "origin_category", "run_id", "trace_id")
IDENTITIES = ("category_id", "brand_id")
COMMON = frozenset({"kind", "shop_id", "priority", "run_id", "trace_id"})
HINTS = frozenset({"category_id", "brand_id", "attributes", "origin_category", "dry_run"})
TAKES: dict[JobKind, frozenset[str]] = {
    "relist": COMMON | HINTS | {"product_id"},
    "list": COMMON | HINTS | {"product", "external_id"},
    "search": COMMON | {"filter", "dry_run"},
    "upgrade": COMMON,
}
LONGEST_EXTERNAL_ID = 999
LARGEST_ENTRY = 4 * 1024 * 1024
"""Bytes; what is larger is not even parsed, since a few bytes of JSON can be a hundred in memory."""
LARGEST_PRODUCT = 1_000_000
"""Bytes of JSON; the platform's largest real bodies are a tenth of it."""
LARGEST_FILTER = 10_000
DEEPEST = 32
"""Levels of objects and arrays in a product or a filter; what is deeper than 254 could not be written as JSON again."""
LONGEST_TEXT = 500
MOST_ATTRIBUTES = 500
MOST_VALUES = 500
"""Of one attribute."""
SHOWN = 60
"""Characters of what is wrong that an error repeats."""


class BadJob(ValueError):
    """`str()` says which field, and why."""


def parse_entry(fields: Mapping[bytes, bytes] | Sequence[tuple[bytes, bytes]]) -> list[EnqueueRequest | BadJob]:
    """`job` with an object, or `jobs` with an array; each job on its own; other fields are nobody's. Raises BadJob."""
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    given = [(name, value) for name, value in pairs if name in (b"job", b"jobs")]
    if not given:
        raise BadJob("job: the entry has neither a field `job` nor a field `jobs`")
    if len(given) > 1:
        raise BadJob("job: the entry has more than one field `job` or `jobs`; which one is meant?")
    name, value = given[0][0].decode(), given[0][1]
    if len(value) > LARGEST_ENTRY:
        raise BadJob(f"{name}: {len(value):,} bytes, at most {LARGEST_ENTRY:,}; feed fewer jobs in an entry")
    try:
        body = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise BadJob(f"{name}: not JSON ({error})") from None
    if name == "job":
        return [EnqueueRequest(parse_job(body))]
    if not isinstance(body, list):
        raise BadJob("jobs: not an array")
    if not body:
        raise BadJob("jobs: an empty array")
    if len(body) > MOST_JOBS:
        raise BadJob(f"jobs: {len(body)} jobs, at most {MOST_JOBS} in an entry")
    parsed: list[EnqueueRequest | BadJob] = []
    for index, each in enumerate(body):
        try:
            parsed.append(EnqueueRequest(parse_job(each)))
        except BadJob as problem:
            parsed.append(BadJob(f"jobs[{index}].{problem}"))
    return parsed


def parse_job(body: Any) -> Job:
    """Raises BadJob."""
    if not isinstance(body, Mapping):
        raise BadJob("job: not an object")
    # Many serialisers write null for what is not there.
    body = {name: value for name, value in body.items() if value is not None}
    kind = body.get("kind", "relist")
    if kind not in FEED_KINDS:
        raise BadJob(f"kind: {_shown(kind)} is not one of {', '.join(FEED_KINDS)}")
    for name in sorted(body):
        if name not in TAKES[kind]:
            known = any(name in names for names in TAKES.values())
            raise BadJob(f"{_shown(name)}: {'does not belong to kind ' + kind if known else 'unknown field'}")
    shop_id = _identity(body, "shop_id")
    texts = {name: _text(body, name) for name in TEXTS}
    texts |= {name: _identity(body, name) for name in IDENTITIES if body.get(name) not in (None, "")}
    priority = body.get("priority", "normal")
    if priority not in ("normal", "urgent"):
        raise BadJob("priority: neither normal nor urgent")
    dry_run = body.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise BadJob("dry_run: neither true nor false")
    search = body.get("filter")
    if search is not None:
        if not isinstance(search, dict):
            raise BadJob("filter: not an object")
        _bounded(search, "filter", LARGEST_FILTER)
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


def _job_id(kind: JobKind, body: Mapping[str, Any], external_id: str, run_id: str) -> str:
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
    _bounded(product, "product", LARGEST_PRODUCT)
    for name, inner in (
        ("main_images", ()),
        ("skus", ("sales_attributes", "inventory")),
        ("product_attributes", ("values",)),
    ):
        _objects(product, name, f"product.{name}", inner)
    return product


def _bounded(value: dict[str, Any], name: str, most_bytes: int) -> None:
    """Raises BadJob for what is too deep or too large."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [one for few in inner for one in few]
        if not level:
            break
    else:
        raise BadJob(f"{name}: nested more than {DEEPEST} deep")
    if len(orjson.dumps(value)) > most_bytes:
        raise BadJob(f"{name}: more than {most_bytes:,} bytes")


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
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise BadJob(f"{name}: not a text of at most {LONGEST_TEXT} characters")
    return value


def _attributes(value: Any) -> tuple[dict[str, Any], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_ATTRIBUTES:
        raise BadJob(f"attributes: not an array of at most {MOST_ATTRIBUTES}")
    return tuple(_attribute(each, f"attributes[{index}]") for index, each in enumerate(value))


def _attribute(answer: Any, path: str) -> dict[str, Any]:
    """Only what the contract names is taken over: the values go into an edit as they are."""
    values = answer.get("values") if isinstance(answer, dict) else None
    if not isinstance(values, list) or not _is_short_text(answer.get("id")):
        raise BadJob(f"{path}: needs an id and an array of values")
    if len(values) > MOST_VALUES:
        raise BadJob(f"{path}.values: more than {MOST_VALUES}")
    taken = []
    for value in values:
        given = {name: value[name] for name in ("id", "name") if value.get(name)} if isinstance(value, dict) else {}
        if not given or not all(map(_is_short_text, given.values())):
            raise BadJob(f"{path}.values: each needs an id or a name, a text of at most {LONGEST_TEXT} characters")
        taken.append(given)
    return {"id": answer["id"], "values": taken}


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT


def _shown(value: Any) -> str:
    """As much of it as an error should repeat; what is no text by its type, since it may be endless."""
    if not isinstance(value, str):
        return f"a value of type {type(value).__name__}"
    return value if len(value) <= SHOWN else f"{value[:SHOWN]}..."
