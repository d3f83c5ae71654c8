"""Findings as small worlds: each plan passes today, and fails with the original mistake."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.mutant import Mutant
from tests.simulation.plan import Event, Plan, Size


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    story: str
    plan: Plan
    mistake: Mutant
    """The fix taken back."""
    kind: str = "queue"
    """A key of `search.KINDS`."""


SCENARIOS = (
    Scenario(
        "C1",
        "no edit of a shop's products gets an answer, while another shop works",
        Plan(
            1,
            Size(workers=1, shops=("7000", "7001"), max_jobs=2),
            (
                Event(0.0, "lost_answer", "7000", number=1_000_000),
                Event(0.0, "feed", "7000", number=3),
                Event(0.0, "feed", "7001", number=6),
            ),
        ),
        Mutant("worker.engine.outages:Outages.scope", 'return "job"', 'return "api"'),
    ),
    Scenario(
        "C7",
        "the clock of Redis steps back and a worker dies",
        Plan(
            7,
            Size(workers=2, shops=("7000", "7001"), lease_seconds=2.0, rate=8.0),
            (
                Event(0.0, "feed", "7000", number=6),
                Event(0.0, "feed", "7001", number=6),
                Event(0.3, "server_clock", seconds=-300.0),
                Event(0.4, "kill", "worker 0", seconds=1.5),
            ),
        ),
        Mutant("clock.lua", "if server < latest then now = math.max(latest, server + offset) end", ""),
    ),
    Scenario(
        "C8",
        "the server of a cluster's outcomes fails over and loses its last writes",
        Plan(
            8,
            Size(workers=1, shops=("7000",), max_jobs=2, relays=True),
            (
                Event(0.0, "feed", "7000", number=6),
                Event(1.0, "failover", seconds=0.9, what="outcomes"),
            ),
        ),
        Mutant("relay.lua", "is_old and old_id or ''", "seen_id"),
    ),
    Scenario(
        "C9",
        "a worker loses the replies of the claims that empty a lane",
        Plan(
            9,
            Size(workers=1, shops=("7000",), max_jobs=8),
            (
                Event(0.0, "feed", "7000", number=70),
                Event(0.1, "deafen", "7000", seconds=2.5, what="claim"),
            ),
        ),
        Mutant("worker.engine.claims:Claims._unclear", "shop.waiting = max(1, shop.waiting)", "pass"),
    ),
    Scenario(
        "C2",
        "the primary has become a replica, to which all clients are still connected",
        Plan(
            2,
            Size(workers=2, shops=("7000", "7001")),
            (
                Event(0.0, "feed", "7000", number=6),
                Event(0.0, "feed", "7001", number=6),
                Event(0.05, "read_only", seconds=1.5),
                Event(0.1, "feed", "7000", number=3),
            ),
        ),
        # Mistaken for a corrupt lane, which waits for an operator.
        Mutant("worker.engine.claims:Claims._take", "is_lane_corruption(reply)", "True"),
    ),
    Scenario(
        "C3",
        "the memory of Redis is full, and nobody frees any",
        Plan(
            3,
            Size(workers=1, shops=("7000",)),
            (Event(0.0, "feed", "7000", number=20), Event(0.06, "full_memory", what="for good")),
        ),
        Mutant("commit.lua", "#!lua flags=allow-oom", ""),
    ),
    Scenario(
        "C11",
        "jobs with large bodies wait in three shops",
        Plan(
            11,
            Size(workers=1, shops=("7000", "7001", "7002"), max_jobs=8),
            tuple(Event(0.0, "feed", shop, number=6, what="bodies") for shop in ("7000", "7001", "7002")),
        ),
        Mutant(
            "worker.engine.state:EngineState.has_room_for_bodies",
            "self.body_bytes < self.options.max_body_bytes",
            "True",
        ),
    ),
    Scenario(
        "C12",
        "a worker of an older release meets a kind of job that it does not know",
        Plan(
            12,
            Size(workers=1, shops=("7000",)),
            (
                Event(0.0, "old_release", "worker 0", seconds=1.0, what="audit"),
                Event(0.0, "feed", "7000", number=2, what="audited"),
            ),
        ),
        Mutant("worker.engine.claims:Claims._accept", "ended if crashes else Defer(ended)", "ended"),
    ),
    Scenario(
        "G3",
        "someone empties Redis, and a feeder continues",
        Plan(
            103,
            Size(workers=1, shops=("7000",)),
            (Event(0.0, "feed", "7000", number=2), Event(1.0, "emptied"), Event(4.0, "feed", "7000", number=2)),
        ),
        Mutant("shop_queue.leases:Leases.take", "not await self._may_lease()", "False"),
    ),
)
