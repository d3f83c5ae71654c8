"""When the work of a world must be done: the lease and 5 s after its last fault, and what its faults add by design."""

from __future__ import annotations

from tests.simulation.plan import Event, Plan
from worker.engine.claims import MAX_DELIVERIES
from worker.engine.options import EngineOptions
from worker.jobs.audit import REPLACED_SECONDS
from worker.services import SHOP_CACHE_SECONDS

GRACE_SECONDS = 5.0
CALL_SECONDS = 0.07
ABANDONED_SECONDS = 31.0
"""shop_queue/intake_stream.py: another gateway takes over an entry after this time."""
REAPER_SECONDS = 61.0
SAVED_OVER_SECONDS = REPLACED_SECONDS + 30.0
"""An edit that the seller has saved over is made again when a search must know the live version."""
DEFERRED_SECONDS = 61.0
"""shop_queue/operations.py: a job that an older release does not know comes back after this time."""


def deadline_of(plan: Plan) -> tuple[float, float]:
    """The end of the last fault, and the time by which everything must be done."""
    last = max((event.at + _lasts(event) for event in plan.events), default=0.0)
    added = _pipeline(plan) + sum(_adds(plan, event) for event in plan.events)
    return last, last + plan.size.lease_seconds + GRACE_SECONDS + _work(plan) + added


def _pipeline(plan: Plan) -> float:
    """Audits, their polls, and the rollout's waits for read-backs and audits."""
    if not plan.size.products:
        return 0.0
    return 20.0 + (60.0 if plan.size.rollout else 0.0) + (SAVED_OVER_SECONDS if plan.size.sellers else 0.0)


def _lasts(event: Event) -> float:
    return event.seconds if event.kind not in ("server_clock", "redis_restart", "failover") else 0.5


def _work(plan: Plan) -> float:
    """The time the calls take if nothing fails."""
    jobs = sum(event.number for event in plan.events if event.kind == "feed") + 1
    size = plan.size
    slowest = min(
        size.rate,
        (size.allowance or 1e6) / 2,
        (size.app_rate or 1e6) / 2,
        *(event.number for event in plan.events if event.kind == "limit"),
    )
    throttled = 10.0 if size.allowance else 0.0
    return jobs * 2 * CALL_SECONDS / size.max_jobs + 2 * jobs / slowest + throttled


def _adds(plan: Plan, event: Event) -> float:
    match event.kind:
        case "api_down" | "shop_down":
            # The next probe, or the end of the shop's backoff, is at most as far away as the outage was long.
            return 2 * event.seconds + 6.0
        case "lost_answer" | "bad_product":
            # An attempt costs a backoff of 1, 2, 4... seconds; a product that used all of them has ended.
            return 2.0 ** min(event.number, EngineOptions().max_attempts)
        case "disk_slow" | "disk_full":
            return 60.0
        case "lost_webhooks" | "late_webhooks" | "mixed_webhooks" | "old_webhooks":
            return 10.0
        case "halt_at_write":
            return 2 * plan.size.lease_seconds + 10.0
        case "wrong_shop":
            return SHOP_CACHE_SECONDS + 15.0
        case "quota" | "create" | "answer" | "retry":
            return 15.0
        case "seller":
            return SAVED_OVER_SECONDS
        case "poison":
            # It fails after this many crashes. Other jobs of the shop wait too.
            return 2 * min(event.number, MAX_DELIVERIES) * (plan.size.lease_seconds + 1.0)
        case "kill" | "freeze" | "cut" | "lose" if event.target.startswith("gateway"):
            # An entry that it had read is read again by another gateway. If its jobs were enqueued, only the reaper
            # finds the shop.
            return ABANDONED_SECONDS + REAPER_SECONDS
        case "redis_restart" | "failover":
            # The lane may be restored without the wake that followed.
            return REAPER_SECONDS + (ABANDONED_SECONDS if plan.size.gateways else 0.0)
        case "redis_down" | "read_only" | "full_memory" | "forget_scripts" if plan.size.gateways:
            return ABANDONED_SECONDS + REAPER_SECONDS
        case "old_release":
            return DEFERRED_SECONDS + plan.size.lease_seconds
        case "server_clock":
            return ABANDONED_SECONDS if plan.size.gateways else 0.0
    return 0.0
