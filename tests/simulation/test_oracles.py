"""The oracles of the pipeline know which work is left and which edits are justified."""

from __future__ import annotations

from random import Random

from model.job_state import RelistState
from tests.simulation.pipeline.truth import EditCall, Truth
from tests.simulation.pipeline.worlds import waits_for_others
from tests.simulation.processes import Process

HELD = {"edit": {"shop": "7"}, "cause": "field/brand", "since": 1}
SENT = {"permit": {}, "declared": {}}


def test_an_edit_whose_answer_was_lost_is_looked_for_before_its_job_waits() -> None:
    assert waits_for_others(RelistState(waiting_since=5))
    assert not waits_for_others(RelistState(waiting_since=5, sent_at=5))
    assert not waits_for_others(RelistState(waiting_since=5, sent_at=5, rollout=SENT))
    assert not waits_for_others(RelistState(sent_at=5, rollout=HELD))


def test_a_job_that_a_stopped_rollout_holds_after_that_look_waits() -> None:
    """World 315."""
    assert waits_for_others(RelistState(waiting_since=5, sent_at=5, rollout=HELD))


def truth(*ends: tuple[float, str]) -> Truth:
    found = Truth()
    found.audit_ends["1"] = list(ends)
    return found


def test_a_rejection_that_nobody_can_see_justifies_another_edit() -> None:
    """Worlds 359 and 658."""
    call = EditCall(5.0, Process("worker 0", Random(1)), 0, 4.0, {}, is_answered=False)

    def is_hidden(*ends: tuple[float, str]) -> bool:
        return truth(*ends).hides_its_end("1", call, 9.0)

    assert is_hidden((2.0, "FAILED"), (6.0, "FAILED"))
    assert is_hidden((6.0, "FAILED"), (8.0, "APPROVED"))
    assert not is_hidden((6.0, "FAILED"))
    assert not is_hidden((6.0, "FAILED"), (9.5, "APPROVED"))
    assert not is_hidden((2.0, "FAILED"), (6.0, "APPROVED"))
    assert not is_hidden((1.0, "FAILED"), (2.0, "APPROVED"), (6.0, "FAILED"))
    answered = EditCall(5.0, Process("worker 0", Random(1)), 0, 4.0, {})
    assert not truth((2.0, "FAILED"), (6.0, "FAILED")).hides_its_end("1", answered, 9.0)
