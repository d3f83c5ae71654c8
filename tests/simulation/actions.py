"""The effect of each kind of event on a world. Every kind that `plan.py` draws has an action here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from model.job import Job
from shop_queue.keys import WORKERS
from tests.simulation.exercise import Exercise
from tests.simulation.lease_oracles import NETWORK_FAULTS
from tests.simulation.model_of_breaker import exercise_breaker
from tests.simulation.plan import Event
from tests.simulation.processes import spawn
from tests.simulation.workers import BODY_BYTES, SimulatedWorker

if TYPE_CHECKING:
    from tests.simulation.worlds import World

RESTART_SECONDS = 0.2
"""How long Redis takes to start again, or a replica to take over."""

BODIES = {"bodies": "r", "waiting bodies": "waits", "stepping bodies": "steps"}
RUNS = frozenset({"waits", "steps", "audited", "asks"})
"""Kinds of jobs that take several runs; a job's run id says which it is."""
HINTED_CATEGORY = "601226"

Happen = Callable[["World", int, Event], None]


@dataclass(frozen=True, slots=True)
class Action:
    happen: Happen
    prepare: Happen | None = None
    """Called before the world begins."""


def _feed(world: World, number: int, event: Event) -> None:
    products = world.new_products(event.target, event.number)
    priority = "urgent" if event.what == "urgent" else "normal"
    run = BODIES.get(event.what, event.what if event.what in RUNS else "r")
    body = {"description": "x" * BODY_BYTES} if event.what in BODIES else None
    world.run_ids.update((product, run) for product in products)
    jobs = [Job(event.target, product, priority=priority, run_id=run, product=body) for product in products]
    delay = 0.5 if event.what == "delayed" else 0.0
    spawn(world.feeder.process, world.feeder.feed(jobs, delay))


def _feed_again(world: World, number: int, event: Event) -> None:
    """Feeds the last products of a shop again: with new hints, as urgent ones, or unchanged."""
    products = world.products[event.target][-(event.number or 1) :]
    category = HINTED_CATEGORY if event.what == "hints" else ""
    priority = "urgent" if event.what == "urgent" else "normal"
    jobs = [
        Job(event.target, each, run_id=world.run_ids[each], priority=priority, category_id=category)
        for each in products
    ]
    for each in products:
        # A product that has ended runs with the hints of its last feed alone.
        world.hinted.pop((event.target, each), None)
        if category:
            world.hinted[event.target, each] = category
    if jobs:
        spawn(world.feeder.process, world.feeder.feed(jobs))


def _event(world: World, number: int, event: Event) -> None:
    """A webhook, or a rollout that opens, wakes the jobs of products."""
    jobs = [
        Job(event.target, each, priority="urgent" if event.what == "urgent" else "normal")
        for each in world.products[event.target][-event.number :]
    ]
    if jobs:
        spawn(world.feeder.process, world.feeder.enqueue(jobs, update_only=True))


def _lose(world: World, number: int, event: Event) -> None:
    if member := world.members.get(event.target):
        member.process.lost[member.process.commands + event.number] = event.what


def _deafen(world: World, number: int, event: Event) -> None:
    """The target is a worker, or a shop, which means its holder. The first replies still arrive."""
    process = world.member_of(event.target).process
    process.heard_before[event.what] = event.number
    process.deaf_to[event.what] += 1
    world.outside(event.seconds, lambda: process.deaf_to.subtract([event.what]))


def _kill(world: World, number: int, event: Event) -> None:
    if member := world.members.get(event.target):
        world.crash(member.process, f"{event.target} is killed", event.seconds)


def _stop(world: World, number: int, event: Event) -> None:
    member = world.members[event.target]
    process = member.process
    if process.is_dead:
        return

    async def stop() -> None:
        await member.stop()
        _check_left(world, member.id)
        world.outside(0.0, lambda: world.crash(process, f"{event.target} has stopped", event.seconds))

    spawn(process, stop())


def _check_left(world: World, worker: str) -> None:
    """The others take over the shops of a stopped worker immediately, not only when its silence is noticed."""
    faults = NETWORK_FAULTS & {event.kind for event in world.plan.events}
    if not faults and worker.encode() in (world.server.peek(WORKERS) or {}):
        world.report(f"fair share: {worker} has stopped and still counts as a worker")


def _freeze(world: World, number: int, event: Event) -> None:
    process = world.members[event.target].process
    if process.is_dead or process.is_frozen:
        return
    world.loop.freeze(process)

    def thaw() -> None:
        process.in_trouble = world.loop.now
        if not process.is_dead:
            world.loop.thaw(process)

    world.outside(event.seconds, thaw)


def _cut(world: World, number: int, event: Event) -> None:
    member = world.members[event.target]
    member.process.is_cut_off = True

    def heal() -> None:
        member.process.is_cut_off = False
        member.process.in_trouble = world.loop.now
        if not member.process.is_dead:
            member.reconnected()

    world.outside(event.seconds, heal)


def _slow_network(world: World, number: int, event: Event) -> None:
    member = world.members[event.target]
    member.link.delay_factor = 60.0

    def end() -> None:
        member.link.delay_factor = 1.0
        member.process.in_trouble = world.loop.now

    world.outside(event.seconds, end)


def _take_down(world: World, seconds: float) -> None:
    world.server.is_down = True

    def come_back() -> None:
        world.server.is_down = False
        for member in world.members.values():
            if not member.process.is_dead:
                member.process.in_trouble = world.loop.now
                member.reconnected()

    world.outside(seconds, come_back)


def _redis_down(world: World, number: int, event: Event) -> None:
    _take_down(world, event.seconds)


def _snapshot(world: World, number: int, event: Event) -> None:
    world.outside(event.at - event.seconds, lambda: world.take_snapshot(number))


def _redis_restart(world: World, number: int, event: Event) -> None:
    world.restore(number, event.what)
    _take_down(world, RESTART_SECONDS)

    def resume_again() -> None:
        # Redis may have lost the command: the operator sees that the shop is still paused.
        for shop in sorted(world.feeder.resumed):
            spawn(world.feeder.process, world.feeder.command(shop, "resume"))

    world.outside(RESTART_SECONDS, resume_again)


def _server_clock(world: World, number: int, event: Event) -> None:
    world.server.clock_offset += event.seconds
    world.clock_stepped = True
    world.leases_are_uncertain()


def _full_memory(world: World, number: int, event: Event) -> None:
    world.server.is_full = True
    if event.what != "for good":
        world.outside(event.seconds, lambda: setattr(world.server, "is_full", False))


def _read_only(world: World, number: int, event: Event) -> None:
    """Redis is a replica until its clients follow the primary."""
    world.server.is_read_only = True

    def end() -> None:
        world.server.is_read_only = False
        for member in world.members.values():
            member.process.in_trouble = world.loop.now

    world.outside(event.seconds, end)


def _emptied(world: World, number: int, event: Event) -> None:
    """Somebody empties Redis. No work may start until it is rebuilt, which does not happen here."""
    world.run("FLUSHALL")
    world.emptied_at = world.loop.now


def _old_release(world: World, number: int, event: Event) -> None:
    """A worker of an older release, which is replaced later."""
    member = world.members[event.target]
    if isinstance(member, SimulatedWorker):
        state = member.engine._state
        state.handlers = {kind: handler for kind, handler in state.handlers.items() if kind != event.what}
        world.outside(event.seconds, lambda: _kill(world, number, Event(0.0, "kill", event.target)))


def _forget_scripts(world: World, number: int, event: Event) -> None:
    world.run("SCRIPT", "FLUSH")


def _api_down(world: World, number: int, event: Event) -> None:
    world.platform.is_down = True
    world.outside(event.seconds, lambda: setattr(world.platform, "is_down", False))


def _api_slow(world: World, number: int, event: Event) -> None:
    world.platform.is_slow = True
    world.outside(event.seconds, lambda: setattr(world.platform, "is_slow", False))


def _shop_down(world: World, number: int, event: Event) -> None:
    world.platform.shops_down.add(event.target)
    world.outside(event.seconds, lambda: world.platform.shops_down.discard(event.target))


def _bad_product(world: World, number: int, event: Event) -> None:
    world.platform.bad_products[event.target] = event.number
    if event.what:
        world.platform.silent_products.add(event.target)


def _poison(world: World, number: int, event: Event) -> None:
    world.platform.poison[event.target] = event.number


def _lost_answer(world: World, number: int, event: Event) -> None:
    world.platform.lost_answers[event.target] = event.number


def _pause(world: World, number: int, event: Event) -> None:
    paused = spawn(world.feeder.process, world.feeder.command(event.target, "pause"))

    async def after_the_pause() -> None:
        # While Redis is down both commands are retried, and the shop would stay paused if the pause came last.
        await paused
        await world.feeder.command(event.target, "resume")

    def resume() -> None:
        spawn(world.feeder.process, after_the_pause())

    world.outside(event.seconds, resume)


def _limit(world: World, number: int, event: Event) -> None:
    spawn(world.feeder.process, world.feeder.command(event.target, "limit", float(event.number)))


def _exercise(world: World, number: int, event: Event) -> None:
    seed = f"exercise:{world.plan.seed}"
    Exercise(world, seed, world.always).run(event.number)
    exercise_breaker(Random(seed), world.report, world.story.tell)


ACTIONS = {
    "exercise": Action(_exercise),
    "feed": Action(_feed),
    "feed_again": Action(_feed_again),
    "event": Action(_event),
    "lose": Action(_lose),
    "deafen": Action(_deafen),
    "kill": Action(_kill),
    "stop": Action(_stop),
    "freeze": Action(_freeze),
    "cut": Action(_cut),
    "slow_network": Action(_slow_network),
    "redis_down": Action(_redis_down),
    "redis_restart": Action(_redis_restart, _snapshot),
    "failover": Action(_redis_restart, _snapshot),
    "server_clock": Action(_server_clock),
    "full_memory": Action(_full_memory),
    "read_only": Action(_read_only),
    "emptied": Action(_emptied),
    "old_release": Action(_old_release),
    "forget_scripts": Action(_forget_scripts),
    "api_down": Action(_api_down),
    "api_slow": Action(_api_slow),
    "shop_down": Action(_shop_down),
    "bad_product": Action(_bad_product),
    "poison": Action(_poison),
    "lost_answer": Action(_lost_answer),
    "pause": Action(_pause),
    "limit": Action(_limit),
}
