"""One world: builds it from a plan, lets its events happen, waits until the work is done, and runs the oracles."""

from __future__ import annotations

import asyncio
import math
import random as global_random
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from shop_queue.keys import CONTROL_CHANNEL, HOLDERS, INTAKE, OUTCOMES, READY, READY_KEYS, RELAYED, SHOPS
from shop_queue.keys import EPOCH as EPOCH_KEY
from tests.simulation import oracles
from tests.simulation.actions import ACTIONS
from tests.simulation.clocks import EPOCH, virtual_clocks
from tests.simulation.fed_jobs import FedJobs
from tests.simulation.liveness import deadline_of
from tests.simulation.model_oracles import ModelOracles
from tests.simulation.narration import Narration
from tests.simulation.plan import Event, Plan
from tests.simulation.platform import Platform
from tests.simulation.processes import Process, spawn
from tests.simulation.promises import PROMISES
from tests.simulation.redis_link import encoded
from tests.simulation.redis_server import Hook, RedisServer
from tests.simulation.run_oracles import RunOracles
from tests.simulation.script_oracles import ScriptOracles
from tests.simulation.story import Story
from tests.simulation.telling import sentence
from tests.simulation.virtual_loop import NothingLeft, Spinning, VirtualLoop
from tests.simulation.workers import Feeder, SimulatedGateway, SimulatedWorker

LOOK_SECONDS = 0.1
BEGIN_SECONDS = 0.001
"""The last event has begun by then."""
Member = SimulatedWorker | SimulatedGateway
SHARDS = {"outcomes": (OUTCOMES, RELAYED), "leases": READY_KEYS}
"""Keys of a cluster that are on another server than the lanes."""


@dataclass(frozen=True, slots=True)
class Report:
    plan: Plan
    problems: tuple[str, ...]
    digest: str
    """Equal for equal steps."""
    steps: int
    commands: int
    seconds: float
    """Virtual time."""
    late_by: float
    """Seconds from the last fault to the end of the work."""
    story: tuple[str, ...] = ()


class World:
    def __init__(self, plan: Plan, loop: VirtualLoop, server: RedisServer, story: Story) -> None:
        self.plan, self.loop, self.server, self.story = plan, loop, server, story
        self.problems: list[str] = []
        self.members: dict[str, Member] = {}
        self.births: dict[str, int] = {}
        self.fed = FedJobs(bool(plan.size.gateways))
        self.runs = RunOracles(self)
        self.waited: dict[str, int] = {}
        self.run_ids: dict[str, str] = {}
        """Product -> run id of its jobs, which says what kind of jobs they are."""
        self.edited_at: dict[tuple[str, str], float] = {}
        """Product whose edits are audited -> time of its last edit."""
        self.audited_at: dict[tuple[str, str], float] = {}
        """Product -> time at which the last look at its audit began."""
        self.paused: dict[str, float] = {}
        """Shop -> time since which it is paused."""
        self.limits: dict[str, tuple[float, float]] = {}
        """Shop -> time at which an operator limited its rate, and the requests per second."""
        self.last_category: dict[tuple[str, str], str] = {}
        """Product -> category that its last run was given."""
        self.hinted: dict[tuple[str, str], str] = {}
        """Product -> category that was fed for it last."""
        self.products: dict[str, list[str]] = {shop: [] for shop in plan.size.shops}
        self.snapshots: dict[int, tuple[float, Any]] = {}
        self.epoch = 0
        self.announcements = 0
        """Times that work was announced to the workers."""
        self.last_restore = -1.0
        self.redis_lost_writes = self.clock_stepped = False
        self.is_over = False
        self.emptied_at = math.inf
        """Time at which someone emptied Redis."""
        self.platform = Platform(
            Random(f"platform:{plan.seed}"),
            story,
            loop.time,
            self.holder_of,
            plan.size.allowance,
            problems=self.problems,
        )
        server.script_hooks.append(
            lambda script, keys, args, reply: self.fed.count(loop.now, script, keys, args, reply)
        )
        server.command_hooks.append(lambda command, reply: self.fed.count_entry(loop.now, command, reply))
        self.script_oracles = ScriptOracles(self)
        models = ModelOracles(self)
        server.before_script = models.before
        narration: list[Hook] = [Narration(story.tell)] if story.is_told else []
        self.always = [*narration, models.check]
        """Hooks of every call, also of those that no worker makes (exercise.py)."""
        server.script_hooks += [*narration, self.script_oracles.check, models.check]
        server.on_publish = self._published

    def report(self, problem: str) -> None:
        """Records a broken promise at the moment at which it breaks."""
        self.problems.append(problem)
        self.story.note(f"PROBLEM {problem}")

    def has_event(self, kind: str) -> bool:
        return any(event.kind == kind for event in self.plan.events)

    # --- looks into Redis, outside the simulated network ------------------------------------------------------------

    def run(self, *command: Any) -> Any:
        return self.server.execute(encoded(command))

    def length(self, command: str, key: str) -> int:
        return int(self.run(command, key))

    def stream(self, key: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        return [
            (entry, dict(zip(flat[::2], flat[1::2], strict=True))) for entry, flat in self.run("XRANGE", key, "-", "+")
        ]

    def server_milliseconds(self) -> float:
        return (EPOCH + self.loop.now + self.server.clock_offset) * 1000

    def holder_of(self, shop: str) -> str:
        held = self.run("HGET", HOLDERS, shop)
        return held.decode().rpartition("|")[0] if held else ""

    def member_of(self, name: str) -> Member:
        """The process with this name, or the worker that holds this shop, or the first one."""
        holder = self.holder_of(name)
        workers = [each for each in self.members.values() if each.id == holder]
        return self.members.get(name) or (workers or [*self.members.values()])[0]

    def is_ready(self, shop: str) -> bool:
        return self.run("ZSCORE", READY, shop) is not None

    def has_unread_intake(self) -> bool:
        return bool(self.length("XLEN", INTAKE))

    # --- processes --------------------------------------------------------------------------------------------------

    def make_process(self, name: str) -> Process:
        birth = self.births[name] = self.births.get(name, -1) + 1
        return Process(name, Random(f"{self.plan.seed}:{name}:{birth}"))

    def start(self, name: str) -> None:
        if self.is_over:
            return
        process = self.make_process(name)
        identity = f"{name[0]}{name.rpartition(' ')[2]}.{self.births[name]}"
        self.members[name] = member = self.make_member(name, process, identity)
        member.main.add_done_callback(lambda task: self._ended_by_itself(member, task))
        self.story.note(f"{name} starts as {identity}")

    def make_member(self, name: str, process: Process, identity: str) -> Member:
        return (SimulatedWorker if name.startswith("worker") else SimulatedGateway)(self, process, identity)

    def _ended_by_itself(self, member: Member, task: asyncio.Task[Any]) -> None:
        if self.is_over or task.cancelled() or member.process.is_dead:
            return
        error = task.exception()
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        self.report(f"died: {member.process.name} ended with {error!r}")

    def crash(self, process: Process, why: str, restart_after: float = 0.3) -> None:
        """Ends the process like a power cut; another one replaces it."""
        if process.is_dead:
            return
        self.story.note(why)
        self.loop.kill(process)
        process.in_trouble = self.loop.now
        self.outside(restart_after, lambda: self.start(process.name))

    def outside(self, seconds: float, action: Callable[[], None]) -> None:
        """An event that happens to the world later."""
        spawn(_OUTSIDE, _later(seconds, action))

    def _published(self, channel: bytes, message: bytes) -> None:
        shop = message.decode() if channel == CONTROL_CHANNEL.encode() else None
        self.announcements += shop is None
        for member in self.members.values():
            if not member.process.is_dead:
                member.heard(shop)

    # --- jobs -------------------------------------------------------------------------------------------------------

    def new_products(self, shop: str, count: int) -> list[str]:
        first = len(self.products[shop])
        made = [f"{shop}{number:03d}" for number in range(first, first + count)]
        self.products[shop] += made
        return made

    def first_product(self, shop: str) -> str:
        return self.products[shop][0] if self.products[shop] else ""

    # --- Redis ------------------------------------------------------------------------------------------------------

    def take_snapshot(self, number: int) -> None:
        self.snapshots[number] = (self.loop.now, self.server.snapshot())

    def restore(self, number: int, shard: str = "") -> None:
        """Redis loses its writes since the snapshot; on a cluster perhaps only the keys of one shard."""
        if number not in self.snapshots:
            self.take_snapshot(number)
        at, snapshot = self.snapshots[number]
        if at < self.last_restore:
            return
        self.server.restore(snapshot, SHARDS.get(shard, ()))
        self.last_restore = self.loop.now
        if shard == "outcomes":
            return
        if not shard:
            self.fed.forget_after(at)
        self.script_oracles.forget()
        self.epoch += 1
        self.redis_lost_writes = True
        self.leases_are_uncertain()

    def leases_are_uncertain(self) -> None:
        self.platform.uncertain_until = self.loop.now + 2 * self.plan.size.lease_seconds

    # --- the course of the world ------------------------------------------------------------------------------------

    async def furnish(self) -> None:
        """Writes to Redis what operators have stored there before."""
        self.run("SET", EPOCH_KEY, "simulated")
        for shop in self.plan.size.shops:
            self.run("HSET", SHOPS, shop, b'{"cipher":"c","region":"US","account":"a"}')

    async def live(self) -> float:
        """Returns the seconds from the last fault to the end of the work."""
        size = self.plan.size
        self.server.cache_scripts()
        await self.furnish()
        for number in range(size.workers):
            self.start(f"worker {number}")
        for number in range(size.gateways):
            self.start(f"gateway {number}")
        self.feeder = Feeder(self)
        spawn(self.feeder.process, self.feeder.reap())
        for number, event in enumerate(self.plan.events):
            action = ACTIONS[event.kind]
            if action.prepare is not None:
                action.prepare(self, number, event)
            self.outside(event.at, lambda number=number, event=event: self._happen(number, event))
        last, deadline = deadline_of(self.plan)
        # Jobs that are fed at 0 s reach Redis a little later.
        await asyncio.sleep(max(last, LOOK_SECONDS) + BEGIN_SECONDS)
        while self.loop.now < deadline and (self.feeder.feeding or not self._is_finished()):
            await asyncio.sleep(LOOK_SECONDS)
        late_by = self.loop.now - last
        if self.emptied_at < math.inf:
            return 0.0
        if not self._is_finished():
            left = oracles.unfinished(self)
            self.report(f"liveness: {len(left) or 'ended'} jobs are not done {late_by:.1f} s after the last fault")
        return late_by

    def _is_finished(self) -> bool:
        return oracles.is_finished(self)

    def check(self) -> list[str]:
        return oracles.check(self, PROMISES if self.emptied_at == math.inf else ())

    def close(self) -> None:
        """Removes the world's files."""

    def _happen(self, number: int, event: Event) -> None:
        self.story.note(f"*** {sentence(event)}")
        ACTIONS[event.kind].happen(self, number, event)


MakeWorld = Callable[[Plan, VirtualLoop, RedisServer, Story], World]
_OUTSIDE = Process("the world", Random(0))


async def _later(seconds: float, action: Callable[[], None]) -> None:
    await asyncio.sleep(seconds)
    action()


def run_world(plan: Plan, *, is_told: bool = False, make: MakeWorld | None = None) -> Report:
    """Deterministic: the same plan gives the same steps, in any process with PYTHONHASHSEED=0."""
    make = make or World
    story, server = Story(is_told=is_told), RedisServer()
    loop = VirtualLoop(Random(f"order:{plan.seed}"))
    state = global_random.getstate()
    global_random.seed(plan.seed)
    asyncio.set_event_loop(loop)
    try:
        with virtual_clocks(loop, server):
            world = make(plan, loop, server, story)
            late_by = 0.0
            try:
                late_by = loop.run_until_complete(world.live())
            except NothingLeft:
                world.problems.append("liveness: every task waits for something that never comes")
            except Spinning as spinning:
                world.problems.append(f"liveness: {spinning} runs a task that never waits")
            world.is_over = True
            problems = world.check()
            digest, steps, commands, seconds = story.digest, loop.steps, story.executed_commands, loop.now
            problems += [f"unhandled: {error}" for error in loop.errors]
            loop.end_all()
            world.close()
    finally:
        asyncio.set_event_loop(None)
        loop.close()
        global_random.setstate(state)
    return Report(plan, tuple(problems), digest, steps, commands, seconds, late_by, tuple(story.lines))
