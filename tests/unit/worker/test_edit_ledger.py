"""The edits that this process has sent outdate what other jobs have read."""

from __future__ import annotations

import time

from model.job import Job
from relisting.planned import PlannedEdit
from tiktok_shop.product_responses import EditResponse
from worker.edit_ledger import EditLedger

RELIST, UNDO = Job("7", "1"), Job("7", "undo:1", "undo")


def test_a_read_while_the_edit_of_another_job_is_on_its_way_is_outdated() -> None:
    ledger = EditLedger()
    ledger.sending(RELIST)
    read_at = time.monotonic()
    ledger.remember(RELIST, PlannedEdit({}, "9", "given", {}), EditResponse("1", None, (), None), 1)
    assert ledger.other_sent_since(UNDO, read_at)
    assert not ledger.other_sent_since(RELIST, read_at), "a job knows its own edit"
    assert not ledger.other_sent_since(UNDO, time.monotonic() + 1)
    ledger.lease_lost("7")
    assert not ledger.other_sent_since(UNDO, read_at)
