"""The attributes of a job's span are encoded once for all products of a run."""

from __future__ import annotations

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Decoded

from model.job import Job
from tests.support.trace_receiver import attributes_of
from tracing.jobs import about_job


@pytest.mark.parametrize(
    ("job", "attempt", "expected"),
    [
        (
            Job("7", "1729", run_id="spring"),
            3,
            {"relist.kind": "relist", "relist.run_id": "spring", "relist.product_id": "1729", "relist.attempt": 3},
        ),
        (
            Job("7", "1730", run_id="spring"),
            0,
            {"relist.kind": "relist", "relist.run_id": "spring", "relist.product_id": "1730"},
        ),
        (
            Job("7", "search:spring", "search"),
            1,
            {"relist.kind": "search", "relist.job_id": "search:spring", "relist.attempt": 1},
        ),
    ],
)
def test_attributes_name_the_job(job: Job, attempt: int, expected: dict[str, object]) -> None:
    decoded = attributes_of(Decoded.FromString(about_job(job, attempt)))
    assert decoded == {"relist.shop_id": "7", **expected}
