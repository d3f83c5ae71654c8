"""The trace of a product follows from its job alone."""

from __future__ import annotations

import pytest

from model.job import Job, audit_job_id
from tracing.context import context_of
from tracing.jobs import trace_of

FEEDER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_edit_and_audit_share_a_trace_and_runs_do_not() -> None:
    relist = Job("7", "1729", run_id="spring", trace_id="order 12")
    audit = Job("7", audit_job_id("1729"), "audit", run_id="spring", trace_id="order 12")
    assert trace_of(relist) == trace_of(audit)
    others = [Job("8", "1729", run_id="spring"), Job("7", "1729", run_id="autumn"), Job("7", "1730", run_id="spring")]
    assert len({trace_of(each).trace_id for each in [relist, *others]}) == 4


def test_traceparent_of_the_feeder_is_continued() -> None:
    context = context_of("7", "1729", "spring", FEEDER)
    assert context.trace_id.hex() == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert context.parent.hex() == "00f067aa0ba902b7"
    assert context.sampled is True
    assert context_of("7", "1729", "", FEEDER[:-1] + "0").sampled is False
    assert context_of("7", "1729", "", "cc" + FEEDER[2:] + "-what-comes-later").has_feeder


def test_bare_trace_id_is_used() -> None:
    context = context_of("7", "1729", "spring", "4bf92f3577b34da6a3ce929d0e0e4736")
    assert context.trace_id.hex() == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert context.sampled is None


@pytest.mark.parametrize(
    "given",
    [
        "",
        "order 12",
        "0" * 32,
        "ff" + FEEDER[2:],
        FEEDER.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        FEEDER.replace("00f067aa0ba902b7", "0" * 16),
        FEEDER.upper(),
        FEEDER[:-1],
        FEEDER + "\n",
    ],
)
def test_other_text_gives_an_own_trace(given: str) -> None:
    context = context_of("7", "1729", "spring", given)
    assert context.sampled is None
    assert (len(context.trace_id), len(context.parent)) == (16, 8)
    assert any(context.trace_id)
