"""Plans of pipeline worlds: sellers, audits, webhooks, undo, the record's disk, and the faults of processes."""

from __future__ import annotations

from random import Random

from simulator.world import FIRST_SHOP
from tests.simulation.plan import FAULTS, Event, Plan, Size

HORIZON = 5.0
SELLER_KINDS = ("title", "title", "price", "stock")
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
    return Plan(seed, size, tuple(sorted(events, key=lambda event: event.at)))


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
