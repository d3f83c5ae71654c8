"""Explores the queue's scripts completely, for two workers, one shop and two jobs.

`python -m tests.simulation.exhaustive [most faults]` prints the number of states. From every state a worker takes its
next step, with its reply received or lost; a worker may crash before any step, and leases may end at any moment. States
that differ only in the absolute values of times and fences count once. The scripts are real; the workers are a short
model of the engine's protocol (`_Worker`).
"""

from __future__ import annotations

import copy
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from model.job import Job
from shop_queue.consumer import Commit, Complete, FencedError, LaneConsumer
from shop_queue.keys import OUTCOMES, READY, lane_keys
from shop_queue.leases import Lease, Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.simulation.clocks import EPOCH
from tests.simulation.redis_link import SimulatedRedis
from tests.simulation.redis_server import RedisServer

SHOP, JOBS, WORKERS, LEASE_SECONDS = "7000", ("1", "2"), ("a", "b"), 30.0
MAX_FAULTS, MAX_ENDED_LEASES = 2, 2
LANE = lane_keys(SHOP)


class _Now:
    """A network without delays, so that a coroutine runs to its end immediately."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server

    async def round_trip(self, commands: list[list[bytes]]) -> list[Any]:
        return [self.server.execute(command) for command in commands]


@dataclass(frozen=True, slots=True)
class _Worker:
    """A worker's knowledge. `unacked`: its last commit has no reply yet, and is repeated unchanged."""

    fence: int = 0
    is_open: bool = False
    claimed: tuple[str, ...] = ()
    commits: int = 0
    unacked: tuple[str, ...] = ()
    has_work: bool = True
    is_releasing: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    data: Any
    scripts: Any
    now: float
    workers: tuple[_Worker, ...]
    faults: int = 0
    ended_leases: int = 0


@dataclass(slots=True)
class Explored:
    states: int
    steps: int
    ends: int
    """States in which both jobs are done and nothing is left."""
    problems: list[str]


def explore(most_faults: int = MAX_FAULTS, most_states: int = 1_000_000) -> Explored:
    return _Exploration(most_faults).run(most_states)


class _Exploration:
    def __init__(self, most_faults: int) -> None:
        self._most_faults = most_faults
        self._server = RedisServer()
        self._redis = SimulatedRedis(_Now(self._server))  # type: ignore[arg-type]
        self._consumer = LaneConsumer(self._redis)
        self._leases = [Leases(self._redis, name, LEASE_SECONDS) for name in WORKERS]
        self._steps = 0
        self._problems: list[str] = []

    def run(self, most_states: int) -> Explored:
        real, time.time = time.time, lambda: self._now
        try:
            return self._explore(most_states)
        finally:
            time.time = real

    def _explore(self, most_states: int) -> Explored:
        self._at(0.0)
        _drive(LaneProducer(self._redis).enqueue(EnqueueRequest(Job(SHOP, job, run_id="r")) for job in JOBS))
        first = self._state(0.0, (_Worker(), _Worker()), 0, 0)
        known: dict[Any, int] = {self._canonical(first): 0}
        before: list[list[int]] = [[]]
        """For each state the states from which a step without a fault leads to it."""
        ended: list[int] = []
        waiting = deque([(0, first)])
        while waiting and len(known) < most_states and not self._problems:
            number, state = waiting.popleft()
            self._look_at(state)
            self._check()
            if self._is_end(state):
                ended.append(number)
            for after in self._successors(state):
                self._steps += 1
                key = self._canonical(after)
                if key not in known:
                    known[key] = len(before)
                    before.append([])
                    waiting.append((known[key], after))
                if after.faults == state.faults:
                    before[known[key]].append(number)
        if not self._problems and not waiting:
            self._check_ends_are_reachable(before, ended)
        return Explored(len(before), self._steps, len(ended), self._problems)

    # --- steps ------------------------------------------------------------------------------------------------------

    def _successors(self, state: _State) -> Iterator[_State]:
        if state.ended_leases < MAX_ENDED_LEASES or state.faults == self._most_faults:
            # Time may pass even when no faults are left, because otherwise a crash could not be repaired.
            ended = min(state.ended_leases + 1, MAX_ENDED_LEASES)
            yield replace(state, now=state.now + LEASE_SECONDS + 1, ended_leases=ended)
        for number in range(len(WORKERS)):
            yield self._step(state, number, answer_lost=False)
            if state.faults < self._most_faults:
                yield self._step(state, number, answer_lost=True)
                if state.workers[number] != _Worker():
                    yield self._with(state, number, _Worker(), fault=True)

    def _step(self, state: _State, number: int, *, answer_lost: bool) -> _State:
        """The next step of a worker, alone in the world."""
        self._load(state)
        worker = state.workers[number]
        try:
            after = self._act(worker, number, answer_lost)
        except FencedError:
            after = _Worker()
        stored = self._state(state.now, state.workers, state.faults, state.ended_leases)
        return self._with(stored, number, after, fault=answer_lost)

    def _act(self, worker: _Worker, number: int, answer_lost: bool) -> _Worker:
        """Raises FencedError."""
        leases = self._leases[number]
        lease = Lease(SHOP, worker.fence)
        if not worker.fence:
            taken = _drive(leases.take(1, 0))
            return _Worker(taken.leases[0].fence) if taken.leases and not answer_lost else worker
        if worker.is_releasing:
            _drive(leases.release([(lease, 0.0 if worker.has_work else None)]))
            return worker if answer_lost else _Worker()
        if not worker.is_open:
            _drive(self._consumer.open(lease))
            return worker if answer_lost else replace(worker, is_open=True)
        if worker.unacked or worker.claimed:
            return self._commit(worker, lease, answer_lost)
        if not worker.has_work:
            return replace(worker, is_releasing=True)
        return self._claim(worker, lease, answer_lost)

    def _claim(self, worker: _Worker, lease: Lease, answer_lost: bool) -> _Worker:
        (batch,) = _drive(self._consumer.claim([(lease, 1)]))
        if isinstance(batch, Exception):
            raise batch
        if answer_lost:
            return worker
        claimed = tuple(job.id for job, _ in batch.jobs)
        suspects = [job.id for job, crashes in batch.jobs if crashes]
        if suspects:
            for error in _drive(self._consumer.start([(lease, suspects)])):
                if error is not None:
                    raise error
        if not claimed and batch.in_flight:
            # Orphans of a lost reply: the engine releases the shop and takes it again.
            return replace(worker, has_work=True, is_releasing=True)
        return replace(worker, claimed=claimed, has_work=bool(batch.waiting))

    def _commit(self, worker: _Worker, lease: Lease, answer_lost: bool) -> _Worker:
        jobs = worker.unacked or worker.claimed
        commits = worker.commits if worker.unacked else worker.commits + 1
        ends = [Complete(job, "relisted", {"product_id": job, "by": str(worker.fence)}) for job in jobs]
        (reply,) = _drive(self._consumer.commit([Commit(lease, ends, None, commits)]))
        if isinstance(reply, Exception):
            raise reply
        if answer_lost:
            return replace(worker, commits=commits, unacked=jobs, claimed=())
        releases = reply.in_flight > 0
        has_work = bool(reply.waiting) or releases
        return replace(worker, commits=commits, unacked=(), claimed=(), has_work=has_work, is_releasing=releases)

    # --- states -----------------------------------------------------------------------------------------------------

    def _at(self, now: float) -> None:
        self._now = EPOCH + now

    def _look_at(self, state: _State) -> None:
        """For read-only commands."""
        self._at(state.now)
        self._server._fake.dbs[0]._dict = state.data

    def _load(self, state: _State) -> None:
        self._at(state.now)
        self._server._fake.dbs[0]._dict = copy.deepcopy(state.data)
        self._server._fake.script_cache.update(state.scripts)

    def _state(self, now: float, workers: tuple[_Worker, ...], faults: int, ended: int) -> _State:
        fake = self._server._fake
        return _State(fake.dbs[0]._dict, dict(fake.script_cache), now, workers, faults, ended)

    @staticmethod
    def _with(state: _State, number: int, worker: _Worker, *, fault: bool) -> _State:
        workers = tuple(worker if each == number else kept for each, kept in enumerate(state.workers))
        return replace(state, workers=workers, faults=state.faults + fault)

    def _canonical(self, state: _State) -> Any:
        """Equal for equivalent states: fences are compared by order, times by their distance from now."""
        self._look_at(state)
        run, now_ms = self._run, (EPOCH + state.now) * 1000
        holders = dict(_pairs(run("HGETALL", "{relist:shops:ready}:holders")))
        held = holders.get(SHOP.encode(), b"|0").split(b"|")
        control = dict(_pairs(run("HGETALL", LANE.control)))
        fences = sorted({int(held[1]), int(control.get(b"fence", 0)), *(worker.fence for worker in state.workers)})
        rank = {fence: place for place, fence in enumerate(fences)}
        due = run("ZSCORE", READY, SHOP)
        return (
            None if due is None else max(0, round(float(due) - now_ms)),
            (held[0], rank[int(held[1])]),
            rank[int(control.get(b"fence", 0))],
            control.get(b"committed"),
            tuple(map(tuple, (run("LRANGE", LANE.urgent, 0, -1), run("LRANGE", LANE.waiting, 0, -1)))),
            tuple(run("ZRANGE", LANE.inflight, 0, -1)),
            tuple(sorted((job, _few(int(count))) for job, count in _pairs(run("HGETALL", LANE.crashes)))),
            tuple(sorted(run("HKEYS", LANE.jobs))),
            tuple(sorted(self._outcomes())),
            tuple(replace(worker, fence=rank[worker.fence]) for worker in state.workers),
            state.faults,
            state.ended_leases,
            bool(run("HEXISTS", "{relist:shops:ready}:wakes", SHOP)),
        )

    def _run(self, *command: Any) -> Any:
        return self._server.execute([str(part).encode() for part in command])

    def _outcomes(self) -> list[str]:
        return [orjson.loads(flat[1])["product_id"] for _, flat in self._run("XRANGE", OUTCOMES, "-", "+")]

    # --- promises ---------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        """In every state: each job is in exactly one place, or has exactly one outcome."""
        places = [*self._run("LRANGE", LANE.urgent, 0, -1), *self._run("LRANGE", LANE.waiting, 0, -1)]
        places += self._run("ZRANGE", LANE.inflight, 0, -1)
        outcomes, stored = self._outcomes(), self._run("HKEYS", LANE.jobs)
        for job in JOBS:
            here, ends = places.count(job.encode()), outcomes.count(job)
            if here + ends != 1 or (job.encode() in stored) != bool(here):
                self._problems.append(f"job {job} is in {here} places and has {ends} outcomes")

    def _is_end(self, state: _State) -> bool:
        return len(self._outcomes()) == len(JOBS) and all(not worker.claimed for worker in state.workers)

    def _check_ends_are_reachable(self, before: list[list[int]], ended: list[int]) -> None:
        """From every state, steps without faults lead to the end."""
        reached, waiting = set(ended), list(ended)
        while waiting:
            for each in before[waiting.pop()]:
                if each not in reached:
                    reached.add(each)
                    waiting.append(each)
        if len(reached) < len(before):
            self._problems.append(f"{len(before) - len(reached)} states lead to no end")


def _few(crashes: int) -> int:
    """The scripts treat every count above one alike."""
    return max(-2, min(2, crashes))


def _pairs(flat: list[bytes]) -> list[tuple[bytes, bytes]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _drive(work: Any) -> Any:
    """Runs a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as ended:
        return ended.value
    raise RuntimeError("the coroutine waits")


def main() -> int:
    faults = int(sys.argv[1]) if len(sys.argv) > 1 else MAX_FAULTS
    explored = explore(faults)
    print(
        f"{explored.states:,} states, {explored.steps:,} steps with at most {faults} crashes and lost answers;"
        f" {explored.ends:,} states are ends"
    )
    for problem in explored.problems:
        print(f"PROBLEM {problem}")
    return int(bool(explored.problems))


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        command = [sys.executable, "-m", "tests.simulation.exhaustive", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {"PYTHONHASHSEED": "0"})
    sys.exit(main())
