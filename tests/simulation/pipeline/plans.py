"""Plans of pipeline worlds: sellers, audits, webhooks, undo, the record's disk, and the faults of processes."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from simulator.world import FIRST_SHOP
from tests.simulation.plan import FAULTS, Event, Plan, Size

HORIZON = 5.0
SELLER_KINDS = ("title", "title", "price", "stock")
MORE_SELLER_KINDS = ("description", "description", "brand", "attribute", "deactivate", "title")
LOST_FIELDS = ("description", "description", "package_dimensions", "skus.seller_sku")
SHARED = ("loss", "burst", "kill", "stop", "freeze", "cut", "redis_down", "redis_restart", "failover", "api_down")
"""Faults of the queue's worlds that the pipeline meets as well."""


def draw_pipeline_plan(seed: int) -> Plan:
    random = Random(f"pipeline:{seed}")
    shops = tuple(str(FIRST_SHOP + number) for number in range(random.choice((1, 1, 2))))
    size = Size(
        workers=random.choice((1, 2)),
        gateways=1,
        shops=shops,
        max_jobs=random.choice((2, 4)),
        lease_seconds=2.0,
        rate=50.0,
        products=random.randint(3, 8) * len(shops),
        rollout=random.random() < 0.4,
        leaves=random.choice((0, 0, 1, 2)),
        sellers=random.choice((0.0, 0.0, 1.0, 3.0)),
        rejects=random.choice((0.0, 0.0, 0.3)),
        disk_seconds=random.choice((0.0, 0.0, 0.15)),
    )
    events = [Event(0.0, "feed_products", shop) for shop in shops]
    for _ in range(random.randint(0, 4)):
        at, kind = random.random() * HORIZON, random.choice(SELLER_KINDS)
        events.append(Event(at, "seller", random.choice(shops), what=kind))
    if random.random() < 0.3:
        events.append(Event(random.random() * HORIZON, "feed_products", random.choice(shops), what="again"))
    if random.random() < 0.3:
        events.append(Event(HORIZON + random.random() * 3, "undo", random.choice(shops), number=random.randint(1, 3)))
    if size.rollout and random.random() < 0.5:
        events += _lost_field(random, size)
    for kind in random.sample((*SHARED, *OWN), random.randint(0, 3)):
        at = random.random() * HORIZON
        events += OWN[kind](random, size, at) if kind in OWN else FAULTS[kind](random, size, at)
    size, more = _more(Random(f"more:{seed}"), size, events)
    events += [*more, *_exercises(Random(f"exercises:{seed}")), *_delays(Random(f"delays:{seed}"), size)]
    events += _stops(Random(f"stops:{seed}"), size) + _mistakes(Random(f"mistakes:{seed}"), size)
    events += _categories(Random(f"categories:{seed}"), size)
    return Plan(seed, size, tuple(sorted(events, key=lambda event: event.at)))


def _delays(random: Random, size: Size) -> list[Event]:
    """A slow record, and sellers who change products between the look and the edit."""
    if random.random() < 0.85:
        return []
    at = random.uniform(0.0, 1.5)
    events = [Event(at, "disk_slow", seconds=random.uniform(0.2, 2.0))]
    for kind in random.sample(MORE_SELLER_KINDS, random.randint(0, 3)):
        events.append(Event(at + random.uniform(0.0, 8.0), "seller", random.choice(size.shops), what=kind))
    return events


def _stops(random: Random, size: Size) -> list[Event]:
    """A worker is asked to stop while its edits are on the way to a slow platform."""
    if random.random() < 0.93:
        return []
    at, worker = random.uniform(0.0, 1.0), f"worker {random.randrange(size.workers)}"
    return [Event(at, "api_slow", seconds=3.0), Event(at + random.uniform(0.1, 1.0), "stop", worker, seconds=0.05)]


def _mistakes(random: Random, size: Size) -> list[Event]:
    """A shop that is registered with another one's cipher, and dry runs beside real ones."""
    events = []
    if len(size.shops) > 1 and random.random() < 0.15:
        at, shop = random.choice((0.0, random.uniform(0.0, 2.0))), random.choice(size.shops)
        events.append(Event(at, "wrong_shop", shop, seconds=random.uniform(0.5, 3.0)))
    if random.random() < 0.15:
        at, shop = random.uniform(0.0, HORIZON), random.choice(size.shops)
        events.append(Event(at, "dry_run", shop, number=random.randint(1, 5)))
    return events


def _categories(random: Random, size: Size) -> list[Event]:
    """Sellers who move products to another leaf while edits are in audit, and the platform's upgrade of a shop."""
    if random.random() < 0.85:
        return []
    events = []
    if random.random() < 0.7:
        events.append(Event(random.uniform(0.0, 1.0), "slow_audits", seconds=random.uniform(1, 3)))
    for _ in range(random.randint(0, 4)):
        events.append(Event(random.uniform(0.1, HORIZON), "seller", random.choice(size.shops), what="category"))
    if random.random() < 0.4:
        events.append(Event(random.uniform(0.0, HORIZON), "upgrade", random.choice(size.shops)))
    return events


def _exercises(random: Random) -> list[Event]:
    """Decisions about products of no shop (exercise_undo.py, exercise_guard.py, exercise_edit.py). They take no virtual
    time.
    """
    numbers = {"merges": 20, "admissions": 100, "guarded": 60}
    all_of_them = [Event(0.0, kind, number=number) for kind, number in numbers.items()]
    return [event for event in all_of_them if random.random() < 0.75]


def _more(random: Random, size: Size, events: list[Event]) -> tuple[Size, list[Event]]:
    """People who act while products are in audit, small gates, and workers that halt when they have written."""
    if size.rollout and random.random() < 0.6:
        size = replace(size, gates=True, leaves=random.choice((1, 1, 2)))
    if random.random() < 0.2:
        size = replace(size, rejects=random.choice((0.5, 1.0)))
    more: list[Event] = []

    def add(share: float, kind: str, first: float, last: float, **fields: Any) -> None:
        if random.random() < share:
            more.append(Event(random.uniform(first, last), kind, random.choice(size.shops), **fields))

    for _ in range(random.choice((0, 0, 1, 3))):
        add(1.0, "seller", 0.0, HORIZON, what=random.choice(MORE_SELLER_KINDS))
    for _ in range(random.choice((0, 0, 1, 2))):
        add(1.0, "answer", 0.0, HORIZON, what=random.choice(("weight", "weight", "brand")), number=random.randint(1, 3))
    if size.rejects:
        add(0.7, "retry", 1.0, HORIZON + 3)
    if any(event.kind == "undo" for event in events):
        add(0.5, "undo", HORIZON + 3, HORIZON + 6, number=random.randint(1, 3))
    else:
        add(0.15, "undo", 1.0, HORIZON, number=random.randint(1, 3))
        add(0.25, "cancel", 0.1, 1.5)
        if any(event.kind == "cancel" for event in more):
            # Jobs that wait for a permit are in flight for seconds.
            size = replace(size, rate=random.choice((50.0, 2.0, 2.0)))
    if random.random() < 0.2:
        add(1.0, "create", 0.0, HORIZON, number=1)
        add(0.6, "create", 0.0, HORIZON + 2, number=1, what=random.choice(("", "corrected")))
        add(0.4, "lost_answer", 0.0, 2.0, number=1)
    add(0.1, "double_webhooks", 0.0, 2.0, seconds=random.uniform(1, 4))
    add(0.1, "mixed_webhooks", 0.0, 2.0, seconds=random.uniform(1, 4))
    add(0.15, "old_webhooks", 0.2, 2.0, what=random.choice(("APPROVED", "FAILED")))
    add(0.1, "slow_audits", 0.0, 1.0, seconds=random.uniform(1, 3))
    add(0.1, "quota", 0.0, 2.0, seconds=random.uniform(0.5, 2.0), number=random.randint(1, 3))
    if random.random() < 0.25:
        worker, how = f"worker {random.randrange(size.workers)}", random.choice(("kill", "freeze", "freeze"))
        halt = Event(random.random(), "halt_at_write", worker, random.uniform(0.3, 5.0), random.randint(1, 10), how)
        more.append(halt)
    return size, more


def _lost_field(random: Random, size: Size) -> list[Event]:
    """Accepted edits lose a field until an operator undoes them."""
    field, until = random.choice(LOST_FIELDS), HORIZON + 2.0
    undo = Event(until + random.random() * 2, "undo", random.choice(size.shops), number=random.randint(1, 3))
    return [Event(0.0, "lost_field", seconds=until, what=field), undo]


OWN = {
    "lost_answer": lambda r, size, at: [Event(at, "lost_answer", r.choice(size.shops), number=r.randint(1, 3))],
    "lost_webhooks": lambda r, size, at: [Event(at, "lost_webhooks", seconds=r.uniform(1, 4))],
    "late_webhooks": lambda r, size, at: [Event(at, "late_webhooks", seconds=r.uniform(1, 4))],
    "disk_full": lambda r, size, at: [Event(at, "disk_full", seconds=r.uniform(0.2, 2.0))],
    "disk_slow": lambda r, size, at: [Event(at, "disk_slow", seconds=r.uniform(0.2, 2.0))],
}
"""Faults of the pipeline alone."""
