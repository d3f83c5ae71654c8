"""The rollout, undo and the circuit breaker agree with their second implementations, and find a planted mistake."""

from __future__ import annotations

from random import Random

import pytest

from rollout import admission
from tests.simulation.model_of_breaker import exercise_breaker
from tests.simulation.pipeline.exercise_audit import exercise_audit
from tests.simulation.pipeline.exercise_edit import exercise_edit
from tests.simulation.pipeline.exercise_guard import GuardExercise
from tests.simulation.pipeline.exercise_memory import exercise_ledger, exercise_quotas
from tests.simulation.pipeline.exercise_undo import exercise_undo
from tests.simulation.pipeline.exercise_undo_job import exercise_undo_job
from tests.simulation.pipeline.exercise_undo_limits import exercise_undo_limits
from worker.engine.circuit_breaker import CircuitBreaker
from worker.jobs import edit as edit_module

SEEDS = range(10)


def problems_of_the_rollout() -> list[str]:
    found: list[str] = []
    for seed in SEEDS:
        GuardExercise(Random(seed), found.append, lambda _: None).run(60)
    return found


def test_the_rollout_agrees() -> None:
    assert problems_of_the_rollout() == []


def test_a_gate_that_is_always_open_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "gate_is_open", lambda group, gate: True)
    assert problems_of_the_rollout()[0].startswith("guard: ")


def test_undo_agrees() -> None:
    found: list[str] = []
    for seed in SEEDS:
        exercise_undo(Random(seed), found.append, 10)
        exercise_undo_limits(Random(seed), found.append, 20)
    assert found == []


def problems_of_the_guard() -> list[str]:
    found: list[str] = []
    for seed in SEEDS:
        exercise_edit(Random(seed), found.append, lambda _: None, 60)
        exercise_audit(Random(seed), found.append, lambda _: None, 60)
        exercise_undo_job(Random(seed), found.append, lambda _: None, 60)
        exercise_quotas(Random(seed), found.append, 40)
        exercise_ledger(Random(seed), found.append, 60)
    return found


def test_the_guard_of_edits_agrees() -> None:
    assert problems_of_the_guard() == []


def test_a_guard_that_does_not_look_for_a_review_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def review(*_: object) -> str:
        return ""

    monkeypatch.setattr(edit_module, "_review", review)
    assert problems_of_the_guard()[0].startswith("edit guard: ")


def test_the_circuit_breaker_agrees() -> None:
    found: list[str] = []
    for seed in SEEDS:
        exercise_breaker(Random(seed), found.append, lambda _: None)
    assert found == []


def test_a_breaker_that_does_not_back_off_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    told: list[str] = []

    def probe_failed(breaker: CircuitBreaker, now: float) -> None:
        breaker.next_probe = now + breaker.interval

    monkeypatch.setattr(CircuitBreaker, "probe_failed", probe_failed)
    exercise_breaker(Random(1), found.append, told.append)
    assert len(found) == 1
    assert found[0].startswith("breaker: the next probe is due at")
    assert told[-1].endswith("a probe gets no answer")
