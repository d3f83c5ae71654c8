"""Polls of audits cost a search for all edits in audit of a shop, not a read for each of them."""

from __future__ import annotations

import time

from model.job import Job
from model.job_state import AcceptedEdit, AuditNotice, AuditState
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, product
from worker.engine.results import Continue, Done
from worker.live_listings import LONGEST_COLLECTION_SECONDS

NOW = int(time.time())
EDITED = NOW - 7200


def poll(product_id: str, edited_at: int = EDITED) -> Job:
    state = AuditState(edit=AcceptedEdit(LEAF, "req-9", edited_at))
    return Job(SHOP_ID, f"audit:{product_id}", "audit", state=state)


def shown(runner: JobRunner, product_id: str, audit: str, **changes: object) -> None:
    runner.platform.add(product(product_id, **{"audit": {"status": audit}, "update_time": EDITED + 60, **changes}))
    runner.platform.on_v1.discard(product_id)


async def test_one_search_serves_the_polls_of_many_products_in_audit(runner: JobRunner) -> None:
    numbers = [str(number) for number in range(1, 151)]
    for number in numbers:
        shown(runner, number, "AUDITING")
    for number in numbers:
        assert isinstance(await runner.run(poll(number)), Continue)
    assert (runner.platform.calls["search"], runner.platform.calls["get"]) == (2, 0)


async def test_an_end_that_no_webhook_reported_is_found_by_searches(runner: JobRunner) -> None:
    shown(runner, "1", "APPROVED")
    shown(runner, "2", "APPROVED")
    for number in "12":
        done = await runner.run(poll(number))
        assert isinstance(done, Done)
        assert done.outcome.outcome == "relisted"
    assert (runner.platform.calls["search"], runner.platform.calls["get"]) == (2, 0)


async def test_a_rejection_is_read(runner: JobRunner) -> None:
    shown(runner, "1", "FAILED", audit_failed_reasons=[{"reasons": ["blurred"]}])
    done = await runner.run(poll("1"))
    assert isinstance(done, Done)
    assert done.outcome.outcome == "rejected"
    assert done.outcome.reasons[0].message == "blurred"


async def test_a_platform_that_ignores_the_filter_is_not_paged_through(runner: JobRunner) -> None:
    for number in range(1, 1_001):
        shown(runner, str(number), "NONE", update_time=EDITED - 60)
    shown(runner, "2000", "AUDITING")
    assert isinstance(await runner.run(poll("2000")), Continue)
    assert runner.platform.calls["search"] <= 12
    assert runner.platform.calls["get"] == 1, "no row of the first page shows it"


async def test_polls_are_further_apart_the_longer_an_audit_takes(runner: JobRunner) -> None:
    shown(runner, "1", "AUDITING")
    shown(runner, "2", "AUDITING")
    now = int(time.time())
    young, old = await runner.run(poll("1", now - 10)), await runner.run(poll("2", now - 86_400))
    assert isinstance(young, Continue)
    assert isinstance(old, Continue)
    assert young.seconds == runner.services.audit_poll_seconds
    assert old.seconds > 40_000


async def test_an_edit_after_the_search_is_searched_again(runner: JobRunner) -> None:
    shown(runner, "1", "AUDITING")
    assert isinstance(await runner.run(poll("1")), Continue)
    shown(runner, "2", "AUDITING")
    later = await runner.run(poll("2", edited_at=int(time.time()) + 5))
    assert isinstance(later, Continue)
    assert (runner.platform.calls["search"], runner.platform.calls["get"]) == (2, 0)


async def test_a_search_from_before_a_webhook_does_not_delay_the_next_look(runner: JobRunner) -> None:
    shown(runner, "1", "AUDITING")
    poll_later = await runner.run(poll("1"))
    assert isinstance(poll_later, Continue)
    assert poll_later.seconds > 3_000
    state = AuditState(edit=AcceptedEdit(LEAF, "req-9", EDITED), notice=AuditNotice("APPROVED", NOW - 60))
    early = await runner.run(Job(SHOP_ID, "audit:1", "audit", state=state))
    assert isinstance(early, Continue)
    shown(runner, "1", "APPROVED", update_time=NOW)
    soon = await runner.run(early.job)
    assert isinstance(soon, Continue)
    assert soon.seconds <= LONGEST_COLLECTION_SECONDS, "its confirmation is gathered with others"
