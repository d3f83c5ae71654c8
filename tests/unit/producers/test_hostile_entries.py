"""Hostile intake entries: any bytes become valid jobs or a BadJob."""

from __future__ import annotations

import contextlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.job import Job
from producers.feed_entry import MAX_DEPTH, MAX_ENTRY_BYTES, BadJob, parse_entry, parse_job
from producers.rejections import MAX_REPEATED_BYTES, Rejection, rejection_rows
from shop_queue.intake_stream import IntakeEntry
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest

SHOP, PRODUCT = "7494", "1729"
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ids = st.just(SHOP) | st.just(PRODUCT) | st.text(max_size=30) | json_values
almost_jobs = st.fixed_dictionaries(
    {"shop_id": ids},
    optional={
        "product_id": ids,
        "kind": st.sampled_from(["relist", "list", "search", "upgrade", "audit"]) | json_values,
        "category_id": ids,
        "brand_id": ids,
        "attributes": st.lists(
            st.fixed_dictionaries({"id": ids, "values": st.lists(st.dictionaries(st.just("id"), ids)) | json_values}),
            max_size=2,
        )
        | json_values,
        "filter": json_values,
        "product": json_values,
        "external_id": ids,
        "run_id": ids,
        "dry_run": st.booleans() | json_values,
        "priority": st.sampled_from(["normal", "urgent"]) | json_values,
    },
)
written = json_values.map(orjson.dumps) | almost_jobs.map(orjson.dumps) | st.lists(almost_jobs).map(orjson.dumps)
names = st.sampled_from([b"job", b"jobs"]) | st.binary(max_size=8)
raw_fields = st.lists(st.tuples(names, st.binary(max_size=40) | written), max_size=3)


@given(raw_fields)
def test_any_entry_becomes_jobs_or_a_short_error(
    fields: list[tuple[bytes, bytes]],
) -> None:
    try:
        parsed = parse_entry(fields)
    except BadJob as problem:
        parsed = [problem]
    assert parsed, "nothing is dropped silently"
    for each in parsed:
        if isinstance(each, EnqueueRequest):
            _round_trips(each.job)
        else:
            assert 0 < len(str(each)) < 400


@given(almost_jobs)
def test_almost_valid_job_is_parsed_or_its_field_is_named(body: dict[str, Any]) -> None:
    with contextlib.suppress(BadJob):
        _round_trips(parse_job(body))


def _round_trips(job: Job) -> None:
    assert Job.load(job.shop_id, job.id, job.dump()) == job
    assert job.merged_with(job).dump()
    assert job.shop_id.isascii()
    assert job.shop_id.isdigit()
    assert len(job.shop_id) <= 24
    assert lane_keys(job.shop_id).jobs == f"relist:{{{job.shop_id}}}:jobs", "the only hash tag is the shop's"
    assert job.state is None, "a producer cannot set a job's state"
    assert (job.attempts, job.errors) == (0, ())
    for identity in (job.category_id, job.brand_id):
        assert not identity or (identity.isascii() and identity.isdigit()), "the ID becomes part of a URL"
    for answer in job.attributes:
        assert answer.keys() == {"id", "values"}
        assert all(value.keys() <= {"id", "name"} for value in answer["values"])


def nested(depth: int) -> dict[str, Any]:
    inner: Any = 1
    for _ in range(depth):
        inner = [inner]
    return {"a": inner}


@pytest.mark.parametrize("depth", [MAX_DEPTH - 2, MAX_DEPTH, 250, 300, 1000])
def test_deeply_nested_filter_is_refused(depth: int) -> None:
    body = {"kind": "search", "shop_id": SHOP, "filter": nested(depth)}
    if depth < MAX_DEPTH - 1:
        _round_trips(parse_job(body))
    else:
        with pytest.raises(BadJob, match=r"^filter: nested"):
            parse_job(body)


def test_oversized_filter_is_refused() -> None:
    with pytest.raises(BadJob, match=r"^filter: more than"):
        parse_job({"kind": "search", "shop_id": SHOP, "filter": {"a": "x" * 10_000}})


JOB = orjson.dumps({"shop_id": SHOP, "product_id": PRODUCT})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([(b"job", JOB), (b"jobs", b"[" + JOB + b"]")], "more than one"),
        ([(b"job", JOB), (b"job", JOB)], "more than one"),
        ([(b"jobs", b"[]")], "empty"),
        ([(b"job", b'"' + b"x" * MAX_ENTRY_BYTES + b'"')], "exceed"),
        ([(b"Job", JOB)], "no field"),
        ([], "no field"),
    ],
    ids=["job and jobs", "job twice", "no jobs", "too large", "another name", "no fields"],
)
def test_ambiguous_or_empty_entry_is_refused(fields: list[tuple[bytes, bytes]], expected: str) -> None:
    with pytest.raises(BadJob, match=expected):
        parse_entry(fields)


def test_error_message_is_bounded() -> None:
    for body in ({"shop_id": SHOP, "kind": "x" * 10**6}, {"shop_id": SHOP, "x" * 10**6: 1}, {"kind": [[]] * 10**5}):
        with pytest.raises(BadJob) as refused:
            parse_job(body)
        assert len(str(refused.value)) < 300


def test_rejections_repeat_raw_fields_within_a_budget() -> None:
    small, large = (
        IntakeEntry(b"1-0", ((b"jobs", b"x" * 10),)),
        IntakeEntry(b"2-0", ((b"jobs", b"x" * MAX_REPEATED_BYTES),)),
    )
    problems = tuple(f"jobs[{n}]" for n in range(1000))
    assert all(b"jobs" in row for row in rejection_rows(Rejection(small, problems)))
    rows = list(rejection_rows(Rejection(large, problems)))
    assert len(rows) == 1000
    assert [b"jobs" in row for row in rows] == [True] + [False] * 999
