"""The effect of the pipeline's own events."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from random import Random
from typing import TYPE_CHECKING, Any

from tests.simulation.actions import ACTIONS, Action
from tests.simulation.pipeline import operators
from tests.simulation.pipeline.exercise_audit import exercise_audit
from tests.simulation.pipeline.exercise_edit import exercise_edit
from tests.simulation.pipeline.exercise_guard import GuardExercise
from tests.simulation.pipeline.exercise_memory import exercise_ledger, exercise_quotas
from tests.simulation.pipeline.exercise_undo import exercise_undo
from tests.simulation.pipeline.exercise_undo_job import exercise_undo_job
from tests.simulation.pipeline.exercise_undo_limits import exercise_undo_limits
from tests.simulation.plan import Event
from tests.simulation.processes import spawn

if TYPE_CHECKING:
    from tests.simulation.pipeline.worlds import PipelineWorld

SLOW_AUDIT_SECONDS = (1.5, 3.0)


def _feed(world: Any, number: int, event: Event) -> None:
    world.feed_products(event)


def _seller(world: Any, number: int, event: Event) -> None:
    spawn(world.shopfront.process, world.shopfront.change(world.shop_number(event.target), event.what))


def _upgrade(world: Any, number: int, event: Event) -> None:
    """The platform moves what it can to v2, without an edit."""
    platform = world.shopfront.server
    spawn(world.shopfront.process, platform.upgrades.start(platform.world.shops[world.shop_number(event.target)]))


def _by_operator(act: Callable[[Any, Event], Coroutine[Any, Any, None]]) -> Action:
    def happen(world: Any, number: int, event: Event) -> None:
        async def carry_out() -> None:
            # The work is not done before the command is.
            world.feeder.feeding += 1
            await act(world, event)
            world.feeder.feeding -= 1

        spawn(world.feeder.process, carry_out())

    return Action(happen)


def _quota(world: Any, number: int, event: Event) -> None:
    operators.quota(world, event)


def _wrong_shop(world: Any, number: int, event: Event) -> None:
    operators.wrong_shop(world, event)


def _halt_at_write(world: Any, number: int, event: Event) -> None:
    """A worker is killed or suspended when its next write of an edit or an event has reached the record."""
    world.halts[event.target] = (event.number, event)


def _old_webhooks(world: Any, number: int, event: Event) -> None:
    spawn(world.shopfront.process, world.shopfront.send_old_webhooks(world.shop_number(event.target), event.what))


def _slow_audits(world: Any, number: int, event: Event) -> None:
    """Reviews that begin now, ours and the sellers', last for seconds."""
    platform = world.shopfront.server.world
    usual = platform.options.audit_seconds
    platform.set_switches({"audit_seconds": SLOW_AUDIT_SECONDS})
    world.outside(event.seconds, lambda: platform.set_switches({"audit_seconds": usual}))


def _lost_field(world: Any, number: int, event: Event) -> None:
    """Accepted edits lose this field, although they repeat it."""
    faults = world.shopfront.server.world.faults
    faults.cleared_field = event.what
    world.lost_fields.add(event.what)
    world.outside(event.seconds, lambda: setattr(faults, "cleared_field", ""))


def _merges(world: Any, number: int, event: Event) -> None:
    exercise_undo(Random(f"merges:{world.plan.seed}"), world.report, event.number)
    exercise_undo_limits(Random(f"limits:{world.plan.seed}"), world.report, event.number)


def _admissions(world: Any, number: int, event: Event) -> None:
    GuardExercise(Random(f"admissions:{world.plan.seed}"), world.report, world.story.tell).run(event.number)


def _guarded(world: Any, number: int, event: Event) -> None:
    random = Random(f"guarded:{world.plan.seed}")
    exercise_edit(random, world.report, world.story.tell, event.number)
    exercise_audit(random, world.report, world.story.tell, event.number)
    exercise_undo_job(random, world.report, world.story.tell, event.number)
    exercise_quotas(random, world.report, event.number)
    exercise_ledger(random, world.report, event.number)


def _fault_of_webhooks(name: str, value: float) -> Action:
    def happen(world: Any, number: int, event: Event) -> None:
        faults = world.shopfront.server.world.faults
        setattr(faults, name, value)
        world.outside(event.seconds, lambda: setattr(faults, name, 0.0))

    return Action(happen)


def _for_a_while(name: str) -> Action:
    def happen(world: PipelineWorld, number: int, event: Event) -> None:
        setattr(world, name, True)
        world.outside(event.seconds, lambda: setattr(world, name, False))

    return Action(happen)  # type: ignore[arg-type]


PIPELINE_ACTIONS = {
    "feed_products": Action(_feed),
    "seller": Action(_seller),
    "upgrade": Action(_upgrade),
    "undo": _by_operator(operators.undo),
    "cancel": _by_operator(operators.cancel),
    "retry": _by_operator(operators.retry),
    "answer": _by_operator(operators.answer),
    "create": _by_operator(operators.create),
    "quota": Action(_quota),
    "dry_run": _by_operator(operators.try_products),
    "wrong_shop": Action(_wrong_shop),
    "merges": Action(_merges),
    "admissions": Action(_admissions),
    "guarded": Action(_guarded),
    "halt_at_write": Action(_halt_at_write),
    "old_webhooks": Action(_old_webhooks),
    "slow_audits": Action(_slow_audits),
    "lost_field": Action(_lost_field),
    "double_webhooks": _fault_of_webhooks("webhook_duplicate_share", 1.0),
    "mixed_webhooks": _fault_of_webhooks("webhook_reorder_share", 0.5),
    "lost_webhooks": _fault_of_webhooks("webhook_drop_share", 1.0),
    "late_webhooks": _fault_of_webhooks("webhook_delay_seconds", 1.5),
    "disk_full": _for_a_while("disk_is_full"),
    "disk_slow": _for_a_while("disk_is_slow"),
}


def add_pipeline_actions() -> None:
    ACTIONS.update(PIPELINE_ACTIONS)
