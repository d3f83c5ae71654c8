"""The context stored with a blocked product, for the worklist and the next attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from model.blocked_product import BlockedProduct
from model.job import Job
from model.job_state import CategoryChange, PlanFingerprint, RelistState, state_of
from model.outcome import AnswerForm, Outcome, Reason
from shop_queue.consumer import Complete
from worker.engine.commit_operations import to_commit_operation
from worker.engine.results import Done, Retry

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
ANSWERED = Job(
    "7",
    "1",
    category_id="853000",
    brand_id="9",
    attributes=({"id": "1", "values": [{"id": "2"}]},),
    origin_category="Tops",
    dry_run=True,
    run_id="spring",
    trace_id="erp-1",
    state=RelistState(plan=PlanFingerprint("p", "e"), changed=CategoryChange("853000")),
)
REASON = Reason(
    "12052104", "Material is required.", "seller", "product_attributes", "100392", (), AnswerForm("Material")
)

CONTRACT = {"shop_id", "product_id", "run_id", "trace_id", "kind", "outcome", "category_id", "attempts", "request_id",
            "reasons", "warnings", "at"}  # fmt: skip
REASON_CONTRACT = {"code", "field", "attribute_id", "message", "allowed_values", "actor"}


RETRIED = replace(ANSWERED, state=replace(state_of(ANSWERED.state, RelistState), looks_again=True))
"""A retry must not be refused because of cached data."""


def stored(operation: Any) -> BlockedProduct:
    assert isinstance(operation, Complete)
    return BlockedProduct.load("7", operation.job_id, orjson.dumps({**operation.record, **operation.context}))


def test_a_retry_has_the_hints_of_the_blocked_job() -> None:
    finished = to_commit_operation(
        ANSWERED, Done(Outcome("needs_input", reasons=(REASON,), title="A shirt")), 5, at=NOW
    )
    product = stored(finished)
    assert product.retry() == RETRIED
    assert product.retry(live=True).dry_run is False
    assert (product.title, product.codes) == ("A shirt", ("12052104",))
    assert product.form_of("100392") == {"name": "Material"}


def test_the_published_record_matches_the_contract() -> None:
    finished = to_commit_operation(
        ANSWERED, Done(Outcome("needs_input", reasons=(REASON,), title="A shirt")), 5, at=NOW
    )
    assert isinstance(finished, Complete)
    assert finished.record is not None
    assert finished.record.keys() == CONTRACT
    assert finished.record["reasons"][0].keys() == REASON_CONTRACT


def test_a_job_without_hints_stores_no_context() -> None:
    finished = to_commit_operation(Job("7", "1"), Done(Outcome("needs_input")), 5, at=NOW)
    assert isinstance(finished, Complete)
    assert finished.context == {}


def test_only_blocked_products_keep_hints() -> None:
    assert stored(to_commit_operation(ANSWERED, Retry("broken"), 1, at=NOW)).retry() == RETRIED
    done = to_commit_operation(ANSWERED, Done(Outcome("relisted")), 5, at=NOW)
    assert isinstance(done, Complete)
    assert done.context is None


def test_an_unreadable_record_is_shown() -> None:
    product = BlockedProduct.load("7", "1", b"\x80garbage")
    assert product.codes == ("unreadable_record",)
    assert BlockedProduct.load("7", "1", b"[]").outcome == "failed"
