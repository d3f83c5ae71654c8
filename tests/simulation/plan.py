"""The plan of a world: its size and its events, drawn from a seed before anything runs.

Faults are explicit events, so that a plan can be shrunk: removing an event leaves everything else unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from tests.simulation.redis_link import DEAF_TO


@dataclass(frozen=True, slots=True)
class Event:
    at: float
    """Virtual seconds."""
    kind: str
    """A key of `worlds.ACTIONS`."""
    target: str = ""
    """A process or a shop."""
    seconds: float = 0.0
    """How long the fault lasts, or by how much a clock steps."""
    number: int = 0
    """Jobs, or the number of a round trip."""
    what: str = ""

    def __str__(self) -> str:
        parts = [f"{self.at:8.3f} s  {self.kind.replace('_', ' ')}"]
        if self.target:
            parts.append(self.target)
        if self.number:
            parts.append(f"number {self.number}" if self.what else f"({self.number})")
        if self.what:
            parts.append(self.what)
        if self.seconds:
            parts.append(f"for {self.seconds:.2f} s" if "clock" not in self.kind else f"by {self.seconds:+.1f} s")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Size:
    workers: int = 2
    gateways: int = 0
    """With a gateway jobs are fed through the intake stream, without one by the producer."""
    shops: tuple[str, ...] = ("7000", "7001")
    max_jobs: int = 4
    lease_seconds: float = 2.0
    slice_seconds: float = 5.0
    rate: float = 1e6
    """Requests per second a new shop starts with, and at most."""
    allowance: int = 0
    """Requests per second and endpoint class that the platform accepts for a shop; 0 = any number."""
    app_rate: float = 0.0
    relays: bool = False
    """Outcomes go through the shops' outboxes, as on a cluster."""
    products: int = 0
    """Products of the simulated platform; 0 = a world of the queue alone."""
    leaves: int = 0
    """Number of leaves that all products are in; 0 = any. With few, the rollout has groups of several products."""
    rollout: bool = False
    gates: bool = False
    """The rollout's windows and gates are so small that few products fill them."""
    sellers: float = 0.0
    """Changes per second by sellers."""
    disk_seconds: float = 0.0
    """How long the record takes to write an event of an edit."""
    rejects: float = 0.0
    """Share of the audits that end in a rejection."""


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    size: Size
    events: tuple[Event, ...]


SHOPS = ("7000", "7001", "7002", "7003")
MORE_THAN_A_CLAIM = 65
"""Jobs that are more than one claim of an unlimited shop takes."""
MOST_CALLS = 80
"""Calls of scripts in an exercise (exercise.py)."""
HORIZON = 6.0
"""Events begin within so many seconds."""


def draw_plan(seed: int) -> Plan:
    random = Random(f"plan:{seed}")
    limited = random.random() < 0.25
    size = Size(
        workers=random.choice((1, 2, 2, 2, 3)),
        gateways=random.choice((0, 0, 0, 1, 2)),
        shops=SHOPS[: random.randint(1, 4)],
        max_jobs=random.choice((1, 2, 4, 8)),
        lease_seconds=random.choice((1.0, 2.0, 2.0, 4.0)),
        slice_seconds=random.choice((0.3, 1.0, 5.0)),
        rate=random.choice((8.0, 20.0)) if limited else 1e6,
        allowance=random.choice((0, 10, 15)) if limited else 0,
        app_rate=random.choice((0.0, 0.0, 30.0)) if limited else 0.0,
        relays=random.random() < 0.2,
    )
    events = [*_work(random, size), *_faults(random, size), *_questions(Random(f"questions:{seed}"), size)]
    events += _exercises(Random(f"exercise:{seed}"))
    if any(event.kind == "feed" and event.number >= MORE_THAN_A_CLAIM for event in events):
        # A lane of this many jobs is processed within the time of a few lost replies.
        size = replace(size, max_jobs=8, rate=1e6, allowance=0, app_rate=0.0)
    return Plan(seed, size, tuple(sorted(events, key=lambda event: event.at)))


def _work(random: Random, size: Size) -> list[Event]:
    events = [Event(0.0, "feed", random.choice(size.shops), number=random.randint(1, 6))]
    for _ in range(random.randint(1, 6)):
        at = random.choice((0.0, random.random() * HORIZON))
        what = random.choice(("", "", "urgent", "delayed", "waits", "steps", "audited"))
        events.append(Event(at, "feed", random.choice(size.shops), number=random.randint(1, 6), what=what))
    for _ in range(random.choice((0, 0, 1, 2))):
        at, what = random.random() * HORIZON, random.choice(("hints", "hints", "urgent", ""))
        again = Event(at, "feed_again", random.choice(size.shops), number=random.randint(1, 3), what=what)
        # Half of them meet jobs that wait or run.
        events.append(
            replace(again, at=random.choice(events).at + random.random() * 0.3) if at < HORIZON / 2 else again
        )
    return events


def _questions(random: Random, size: Size) -> list[Event]:
    """Products that need a decision, which arrives before or after their end. Older seeds keep their other events."""
    if random.random() < 0.8:
        return []
    asks = Event(random.random() * HORIZON, "feed", random.choice(size.shops), number=random.randint(1, 3), what="asks")
    return [asks, replace(asks, at=asks.at + random.random() * 2, kind="feed_again", what="hints")]


def _exercises(random: Random) -> list[Event]:
    """Calls of the scripts with arguments of all kinds, before everything else."""
    return [] if random.random() < 0.25 else [Event(0.0, "exercise", number=random.randint(30, MOST_CALLS))]


def _faults(random: Random, size: Size) -> list[Event]:
    """Swarm testing: each world draws a few kinds of faults, since faults of all kinds at once hide one another."""
    kinds = random.sample(sorted(FAULTS), random.randint(1, 4))
    events = []
    for kind in kinds:
        for _ in range(random.choice((1, 1, 2, 3))):
            events += FAULTS[kind](random, size, random.random() * HORIZON)
    return events


def _process(random: Random, size: Size) -> str:
    names = [f"worker {n}" for n in range(size.workers)] + [f"gateway {n}" for n in range(size.gateways)]
    return random.choice(names)


def _worker(random: Random, size: Size) -> str:
    return f"worker {random.randrange(size.workers)}"


def _loss(random: Random, size: Size, at: float) -> list[Event]:
    """Several at once, early in the life of a process, where most commands are."""
    process, what = _process(random, size), random.choice(("command", "reply", "reply", "half"))
    return [Event(at, "lose", process, number=random.randint(0, 12), what=what) for _ in range(random.randint(1, 4))]


def _burst(random: Random, size: Size, at: float) -> list[Event]:
    """Consecutive failures that use up the client's retries."""
    process, first, what = _process(random, size), random.randint(0, 12), random.choice(("command", "reply"))
    return [Event(at, "lose", process, number=first + more, what=what) for more in range(4)]


def _deafness(random: Random, size: Size, at: float) -> list[Event]:
    """The holder of a shop hears no reply to one script, while the lane holds more than one claim takes.

    Once it has seen a body, it claims two jobs at a time; without bodies it claims 64.
    """
    shop, script = random.choice(size.shops), random.choice(("claim", "commit", random.choice(DEAF_TO)))
    deaf = Event(at, "deafen", shop, seconds=random.uniform(0.3, 3.0), what=script)
    before = max(0.0, at - random.uniform(0.03, 0.15))
    if script == "commit":
        # These jobs are claimed again, two at a time, as soon as the commit has been carried out.
        return [Event(before, "feed", shop, number=random.randint(3, 8), what="stepping bodies"), deaf]
    if random.random() < 0.7:
        # After everything else: another feed of the shop would bring a worker back to its lane.
        fed = Event(before + HORIZON, "feed", shop, number=random.randint(MORE_THAN_A_CLAIM, 75))
        return [fed, replace(deaf, at=at + HORIZON)]
    first = Event(before, "feed", shop, number=2, what="bodies")
    more = Event(first.at + 0.05, "feed", shop, number=random.choice((3, 4, 4)), what="bodies")
    return [first, more, replace(deaf, at=first.at + random.uniform(0.03, 0.07), number=random.choice((0, 1, 1)))]


def _overtaking(random: Random, size: Size, at: float) -> list[Event]:
    """The last jobs of a lane, which is claimed two at a time, are fed again as urgent ones."""
    shop = random.choice(size.shops)
    what = random.choice(("bodies", "waiting bodies"))
    fed = Event(at, "feed", shop, number=random.randint(5, 12), what=what)
    again = Event(at + random.uniform(0.02, 0.1), "feed_again", shop, number=random.randint(1, 3), what="urgent")
    return [fed, again]


def _wakes(random: Random, size: Size, at: float) -> list[Event]:
    """Events of products that wait, run or are delayed at the time."""
    shop, what = random.choice(size.shops), random.choice(("delayed", "waits", "steps", "audited", ""))
    fed = Event(at, "feed", shop, number=random.randint(1, 3), what=what)
    how = random.choice(("urgent", "", "hints"))
    later = Event(at + random.random() * random.choice((0.2, 0.6)), "event", shop, number=fed.number, what=how)
    is_feed = how == "hints" or random.random() < 0.2
    return [fed, replace(later, kind="feed_again") if is_feed else later]


def _how_bad(at: float) -> str:
    """Half of the failing products get no answer at all. Not drawn: older seeds keep their worlds."""
    return ("", "silent")[int(at * 1000) % 2]


def _shard(size: Size, at: float) -> str:
    """The part of a cluster that loses writes; all at once if ''. Not drawn: older seeds keep their worlds."""
    return ("", "outcomes", "leases")[int(at * 1000) % 3] if size.relays else ""


FAULTS = {
    "loss": _loss,
    "burst": _burst,
    "deafen": _deafness,
    "wakes": _wakes,
    "overtaking": _overtaking,
    "kill": lambda r, size, at: [Event(at, "kill", _process(r, size), seconds=r.choice((0.01, 0.3, 1.5)))],
    "stop": lambda r, size, at: [Event(at, "stop", _worker(r, size), seconds=r.choice((0.0, 0.05, 1.0)))],
    "freeze": lambda r, size, at: [Event(at, "freeze", _process(r, size), seconds=r.uniform(0.2, 6.0))],
    "cut": lambda r, size, at: [Event(at, "cut", _process(r, size), seconds=r.uniform(0.1, 4.0))],
    "slow_network": lambda r, size, at: [Event(at, "slow_network", _process(r, size), seconds=r.uniform(0.3, 3.0))],
    "redis_down": lambda r, size, at: [Event(at, "redis_down", seconds=r.uniform(0.1, 3.0))],
    "redis_restart": lambda r, size, at: [
        Event(max(at, 1.0), "redis_restart", seconds=r.choice((0.0, 0.05, 0.4, 1.0)), what=_shard(size, at))
    ],
    "failover": lambda r, size, at: [
        Event(max(at, 1.0), "failover", seconds=r.choice((0.001, 0.02, 0.2)), what=_shard(size, at))
    ],
    "server_clock": lambda r, size, at: [
        Event(at, "server_clock", seconds=r.choice((-40.0, -3.0, -0.5, 0.5, 3.0, 40.0)))
    ],
    "read_only": lambda r, size, at: [Event(at, "read_only", seconds=r.uniform(0.1, 2.0))],
    "full_memory": lambda r, size, at: [Event(at, "full_memory", seconds=r.uniform(0.3, 3.0))],
    "forget_scripts": lambda r, size, at: [Event(at, "forget_scripts")],
    "api_down": lambda r, size, at: [Event(at, "api_down", seconds=r.uniform(0.3, 3.0))],
    "api_slow": lambda r, size, at: [Event(at, "api_slow", seconds=r.uniform(0.3, 3.0))],
    "shop_down": lambda r, size, at: [Event(at, "shop_down", r.choice(size.shops), seconds=r.uniform(0.3, 2.0))],
    "bad_product": lambda r, size, at: [
        Event(at, "bad_product", r.choice(size.shops), number=r.randint(1, 3), what=_how_bad(at))
    ],
    "poison": lambda r, size, at: [Event(0.0, "poison", r.choice(size.shops), number=r.choice((1, 2, 3, 30)))],
    "lost_answer": lambda r, size, at: [Event(at, "lost_answer", r.choice(size.shops), number=r.randint(1, 2))],
    "pause": lambda r, size, at: [Event(at, "pause", r.choice(size.shops), seconds=r.uniform(0.1, 3.0))],
    "limit": lambda r, size, at: [Event(at, "limit", r.choice(size.shops), number=r.choice((5, 10)))],
}
"""Kind -> events of one fault of that kind at a time. How to add one: README.md."""
