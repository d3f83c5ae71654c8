"""Job payloads, and merges that never lose an answer."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.job import _SHORT, Job
from model.job_state import CategoryChange, RelistState

ids = st.text("0123456789", min_size=1, max_size=19)
answers = st.lists(
    st.fixed_dictionaries({"id": ids, "values": st.lists(st.fixed_dictionaries({"id": ids}), max_size=2)}),
    max_size=3,
).map(tuple)
jobs = st.builds(
    Job,
    shop_id=st.just("7494"),
    id=ids,
    priority=st.sampled_from(["normal", "urgent"]),
    category_id=st.just("") | ids,
    brand_id=st.just("") | ids,
    attributes=answers,
    dry_run=st.booleans(),
    run_id=st.text(max_size=10),
    trace_id=st.text(max_size=10),
    attempts=st.integers(0, 9),
    errors=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    state=st.none() | st.builds(RelistState, on_v1=st.booleans(), locked_since=st.integers(0, 9)),
)


@given(jobs)
def test_payload_round_trip(job: Job) -> None:
    assert Job.load(job.shop_id, job.id, job.dump()) == job


def test_plain_job_is_stored_in_two_bytes() -> None:
    assert Job("7494", "1729").dump() == b"{}"


@given(jobs, jobs)
def test_newer_hints_win_and_no_hint_is_lost(older: Job, newer: Job) -> None:
    newer = replace(newer, dry_run=older.dry_run)
    merged = older.merged_with(newer)
    assert merged.category_id == (newer.category_id or older.category_id)
    answered = {answer["id"]: answer for answer in merged.attributes}
    assert set(answered) == {answer["id"] for answer in (*older.attributes, *newer.attributes)}
    for answer in {answer["id"]: answer for answer in newer.attributes}.values():
        assert answered[answer["id"]] == answer
    assert merged.attempts == older.attempts


def test_real_run_outranks_a_dry_run() -> None:
    dry, real = Job("7494", "1", dry_run=True), Job("7494", "1")
    assert not dry.merged_with(real).dry_run
    assert not real.merged_with(dry).dry_run


def test_real_run_drops_the_hints_of_a_dry_run() -> None:
    event = RelistState(changed=CategoryChange("853000"))
    tried = {"category_id": "9", "brand_id": "8", "attributes": ({"id": "5"},), "origin_category": "Jars"}
    dry, real = Job("7494", "1", dry_run=True, state=event, **tried), Job("7494", "1", brand_id="7")
    assert dry.merged_with(real) == replace(real, state=event)
    assert real.merged_with(dry) == real


def test_event_keeps_a_dry_run() -> None:
    dry = Job("7494", "1", dry_run=True, category_id="9")
    event = Job("7494", "1", state=RelistState(changed=CategoryChange("853000")))
    assert dry.merged_with(event, is_event=True) == replace(dry, state=event.state)


@pytest.mark.parametrize("payload", [b"[]", b'{"unknown": 1}', b'{"c": 5}', b'{"a": [5]}', b"\x80", b""])
def test_foreign_payload_is_rejected(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Job.load("7494", "1", payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "x"]), inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*_SHORT.values(), "Q"]), json_values, max_size=4) | json_values)
def test_any_payload_is_a_usable_job_or_rejected(body: object) -> None:
    try:
        job = Job.load("7494", "1", orjson.dumps(body))
    except ValueError:
        return
    assert Job.load("7494", "1", job.dump()) == job
    assert job.merged_with(job).id == "1"
    assert isinstance(job.product_id, str)
    assert job.attempts + 1
